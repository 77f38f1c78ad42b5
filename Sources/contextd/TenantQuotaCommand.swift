import Accounting
public import ArgumentParser
@_spi(ScopeMinting) import Catalog
import ContextServer
import JSON
public import Tenancy

extension Tenant {
    struct Quota: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show, set or take away how many tokens a tenant's requests to models may take.",
            discussion: "A running server heeds a change within seconds. Days and months are those of UTC.")
        @OptionGroup var common: CommonOptions
        @Argument(help: "The tenant.", transform: TenantID.argument) var id: TenantID
        @Option(help: "Tokens of prompts and completions together.") var tokens: Int?
        @Option(help: "day, month or total.") var per: TokenQuota.Period?
        @Flag(help: "Take the quota away.") var none = false

        func validate() throws { _ = try change() }

        func run() async throws {
            let standing = try await common.withCatalog { catalog in
                switch try change() {
                case .show: break
                case .set(let quota): try await catalog.setQuota(quota, of: id)
                case .remove: try await catalog.setQuota(nil, of: id)
                }
                guard let scope = try await catalog.scope(of: id) else { throw CommandFailure("there is no tenant \(id)") }
                return try await catalog.standing(in: scope)
            }
            if common.json {
                try Output.json(["id": .string(id.rawValue), "quota": standing?.json ?? .null])
            } else {
                try Output.line(standing?.line ?? "no quota")
            }
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
                    throw ValidationError("--tokens must be from 0 to \(TokenQuota.range.upperBound)")
                }
                return .set(quota)
            default: throw ValidationError("a quota is --tokens N with --per day, month or total, or --none")
            }
        }
    }
}

extension TokenQuota.Period: ExpressibleByArgument {}
