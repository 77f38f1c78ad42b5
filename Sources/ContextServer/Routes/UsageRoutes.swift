import Accounting
import Catalog
import Hummingbird
import JSON
import Logging
import Tenancy

/// `GET /v1/usage`: what the tenant's requests to models took, and how it stands to its quota.
struct UsageRoutes: Sendable {
    let usage: UsageLedger
    let catalog: CatalogStore

    private static let standardLimit = 100
    /// A row of usage as values and written.
    private static let rowMemory = 2 << 10

    func add(to endpoints: Endpoints) {
        endpoints.tenant(.get, "/v1/usage", needs: .read, on: .workers) { request, context, caller in
            let query = try query(of: request)
            // A client is to see what it did itself.
            do { try await usage.flush() } catch let error where !(error is CancellationError) {
                context.logger.warning("usage cannot be written", metadata: ["error": "\(error)"])
                throw Problem.overloaded("usage cannot be written now; try again in a moment")
            }
            try await context.makeRoom(for: query.limit * Self.rowMemory)
            let report = try await UsageReport(query, of: catalog, in: caller.scope)
            return .json(report.json(try await usage.standing(in: caller.scope)))
        }
    }

    private func query(of request: Request) throws -> UsageQuery {
        try UsageQuery(
            from: request.queryValue("from"), to: request.queryValue("to"), groupBy: request.queryValue("group_by"),
            limit: try request.number("limit", default: Self.standardLimit, in: UsageQuery.limits),
            cursor: request.queryValue("cursor"), now: .now())
    }
}
