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

    func add(to endpoints: Endpoints) {
        endpoints.tenant(.get, "/v1/usage", needs: .read) { request, context, caller in
            let query = try query(of: request)
            // A client is to see what it did itself.
            do { try await usage.flush() } catch let error where !(error is CancellationError) {
                context.logger.warning("usage cannot be written", metadata: ["error": "\(error)"])
                throw Problem.overloaded("usage cannot be written now; try again in a moment")
            }
            let report = try await UsageReport(query, of: catalog, in: caller.scope)
            return .json(report.json(try await usage.standing(in: caller.scope)))
        }
    }

    private func query(of request: Request) throws -> UsageQuery {
        let parameters = request.uri.queryParameters
        return try UsageQuery(
            from: parameters["from"].map(String.init), to: parameters["to"].map(String.init),
            groupBy: parameters["group_by"].map(String.init),
            limit: try request.number("limit", default: Self.standardLimit, in: UsageQuery.limits),
            cursor: parameters["cursor"].map(String.init), now: .now())
    }
}
