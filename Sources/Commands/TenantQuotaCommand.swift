import Accounting
public import ArgumentParser
import Catalog
import ContextServer
import JSON
public import Tenancy

extension Tenant {
    struct Quota: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show, set or remove a tenant's token quota for requests to models.",
            discussion: "A running server applies a change within seconds. Days and months are in UTC.")
        @OptionGroup var common: CommonOptions
        @Argument(help: "Tenant id.", transform: TenantID.argument) var id: TenantID
        @Option(help: "Maximum number of prompt and completion tokens per period.") var tokens: Int?
        @Option(help: "Period of the quota: day, month or total.") var per: TokenQuota.Period?
        @Flag(help: "Remove the quota.") var none = false

        func validate() throws { _ = try change() }

        func run() async throws {
            let standing = try await common.withCatalog { catalog in
                switch try change() {
                case .show: break
                case .set(let quota): try await catalog.setQuota(quota, of: id)
                case .remove: try await catalog.setQuota(nil, of: id)
                }
                return try await catalog.standing(in: catalog.existingScope(of: id))
            }
            let result: JSONValue = ["id": .string(id.rawValue), "quota": standing?.json ?? .null]
            try Output.print(result, asJSON: common.json, [standing?.line ?? "no quota"])
        }

        private enum Change {
            case show, remove
            case set(TokenQuota)
        }

        /// - Throws: a usage error if the flags conflict or the number of tokens is out of range.
        private func change() throws -> Change {
            switch (tokens, per, none) {
            case (nil, nil, false): return .show
            case (nil, nil, true): return .remove
            case (let tokens?, let period?, false):
                guard let quota = TokenQuota(tokens: tokens, per: period) else {
                    throw ValidationError("--tokens must be between 0 and \(TokenQuota.range.upperBound), got \(tokens)")
                }
                return .set(quota)
            default: throw ValidationError("use either --tokens N with --per day, month or total, or --none")
            }
        }
    }
}

extension TokenQuota.Period: ExpressibleByArgument {}
