import Failure
import Scheduling
import Synchronization
import Tenancy

/// The concurrency limit of each tenant: one tenant may use most of the server, but never all of it.
final class TenantShares: Sendable {
    /// Maximum number of concurrent requests of one tenant.
    let limit: Int
    private let state = Mutex((underWay: [TenantID: Int](), refused: 0))

    /// Number of requests refused because their tenant had reached its limit.
    var refused: Int { state.withLock { $0.refused } }

    /// - Parameter total: maximum number of concurrent requests of all tenants; one tenant gets three quarters of them.
    init(total: Int) { limit = max(1, total * 3 / 4) }

    /// - Throws: `Failure.overloaded` if the tenant has reached its limit.
    func permit(_ tenant: TenantID) throws -> ConcurrencySlot {
        let isAdmitted = state.withLock { state in
            let isAdmitted = state.underWay[tenant, default: 0] < limit
            if isAdmitted { state.underWay[tenant, default: 0] += 1 } else { state.refused += 1 }
            return isAdmitted
        }
        guard isAdmitted else { throw Failure.overloaded("too many concurrent requests from this tenant; try again in a moment") }
        return ConcurrencySlot { self.leave(tenant) }
    }

    private func leave(_ tenant: TenantID) {
        state.withLock { state in
            let left = state.underWay[tenant, default: 1] - 1
            state.underWay[tenant] = left > 0 ? left : nil
        }
    }
}
