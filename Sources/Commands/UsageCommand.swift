import Accounting
import ArgumentParser
@_spi(ScopeMinting) import Catalog
import ContextServer
import JSON
import Tenancy

struct Usage: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the usage of a tenant's requests to models. Works beside a running server.")
    @OptionGroup var common: CommonOptions
    @Option(help: "Tenant id.", transform: TenantID.argument) var tenant: TenantID
    @Option(help: "Start date or time, inclusive (default: 30 days before --to).") var from: String?
    @Option(help: "End date or time, exclusive (default: the end of today, UTC).") var to: String?
    @Option(help: "Comma-separated list of day, hour, model, key, outcome; if empty, lists single requests, newest first.")
    var groupBy = "day,model"
    @Option(help: "Maximum number of rows, 1 to 1000.") var limit = 1000

    func validate() throws {
        guard UsageQuery.limits.contains(limit) else { throw ValidationError("--limit must be between 1 and 1000, got \(limit)") }
        _ = try query()
    }

    func run() async throws {
        let (report, standing) = try await common.withCatalog { catalog in
            let scope = try await catalog.existingScope(of: tenant)
            return (try await UsageReport(query(), of: catalog, in: scope), try await catalog.standing(in: scope))
        }
        if common.json { return try Output.json(report.json(standing)) }
        let columns = report.data.first.map { $0.keys.filter { !Self.hidden.contains($0) } } ?? []
        if !columns.isEmpty { try Output.line(columns.joined(separator: "\t")) }
        for row in report.data { try Output.line(columns.map { Self.text(row[$0]) }.joined(separator: "\t")) }
        if report.nextCursor != nil { try Output.line("… more rows; narrow --from and --to") }
        try Output.line(Self.summary(report.total))
        if let standing { try Output.line(standing.line) }
    }

    /// - Throws: a usage error.
    private func query() throws -> UsageQuery {
        do { return try UsageQuery(from: from, to: to, groupBy: groupBy, limit: limit, now: .now()) } catch {
            let flag = error.path == "group_by" ? "group-by" : error.path
            throw ValidationError("--\(flag) \(error.reason)")
        }
    }

    /// Columns that only the JSON output contains.
    private static let hidden: Set<String> = ["id", "mean_first_token_ms", "first_token_ms", "total_tokens", "asked_model"]

    private static func text(_ value: JSONValue?) -> String {
        switch value {
        case .string(let text)?: text.escapingControls
        case .null?, nil: "-"
        case let value?: value.description
        }
    }

    private static func summary(_ total: JSONObject) -> String {
        func number(_ name: String) -> String { text(total[name]) }
        return
            "total: \(number("requests")) requests, \(number("prompt_tokens")) prompt and \(number("completion_tokens")) completion tokens"
    }
}

extension CatalogStore {
    /// Returns a tenant's scope for the operator: a user who can read the data directory may act for its tenants.
    ///
    /// - Parameter advice: what the user can do about a missing tenant.
    /// - Throws: `CommandFailure` if the tenant does not exist.
    func existingScope(of tenant: TenantID, advice: String = "") async throws -> TenantScope {
        guard let scope = try await scope(of: tenant) else { throw CommandFailure("there is no tenant \(tenant)\(advice)") }
        return scope
    }

    /// Returns the tenant's quota standing from recorded usage. Only a running server knows the reserved tokens.
    func standing(in scope: TenantScope) async throws -> QuotaStanding? {
        let today = UTCDay(containing: .now())
        let (quota, totals) = try await quotaAndTotals(on: today, in: scope)
        return quota.map { QuotaStanding($0, totals: totals, on: today) }
    }
}

extension QuotaStanding {
    /// The quota standing as text for the terminal.
    var line: String {
        let per = quota.period == .total ? "in total" : "per \(quota.period.rawValue)"
        let reset = resetsAt.map { ", resets at \($0.iso8601)" } ?? ""
        return "quota: \(quota.tokens) tokens \(per); \(used) used, \(left) left\(reset)"
    }
}
