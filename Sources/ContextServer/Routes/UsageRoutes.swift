import Accounting
import Catalog
import Failure
import Hummingbird
import JSON
import Logging
import Tenancy

/// `GET /v1/usage`: the usage of the tenant's requests to models, and the state of its quota.
struct UsageRoutes: Sendable {
    let usage: UsageLedger
    let catalog: CatalogStore

    static let defaultLimit = 100
    /// Memory of a usage row as values and as text, in bytes.
    private static let rowMemory = 2 << 10

    func add(to endpoints: Endpoints) {
        endpoints.tenant(.get, "/v1/usage", .getUsage, needs: .read, on: .workers) { request, context, caller in
            let query = try query(of: request)
            // The report must include the client's own earlier requests.
            do { try await usage.flush() } catch let error where !(error is CancellationError) {
                context.logger.warning("usage write failed", metadata: ["error": "\(error)"])
                throw Failure.overloaded("recent usage cannot be written to the catalog; try again in a moment")
            }
            try await context.makeRoom(for: query.limit * Self.rowMemory)
            let report = try await UsageReport(query, of: catalog, in: caller.scope)
            return .json(report.json(try await usage.standing(in: caller.scope)))
        }
    }

    private func query(of request: Request) throws -> UsageQuery {
        try UsageQuery(
            from: request.queryValue("from"), to: request.queryValue("to"), groupBy: request.queryValue("group_by"),
            limit: try request.number("limit", default: Self.defaultLimit, in: UsageQuery.limits),
            cursor: request.queryValue("cursor"), now: .now())
    }
}
