import Failure
import Synchronization
import Tenancy

/// The concurrency limit of each tenant: one tenant may use most of the server, but never all of it.
final class TenantShares: Sendable {
    /// Maximum number of concurrent requests of one tenant.
    let limit: Int
    private let underWay = Mutex<[TenantID: Int]>([:])
    private let refusals = Mutex(0)

    /// Number of requests refused because their tenant had reached its limit.
    var refused: Int { refusals.withLock { $0 } }

    /// - Parameter total: maximum number of concurrent requests of all tenants; one tenant gets three quarters of them.
    init(total: Int) { limit = max(1, total * 3 / 4) }

    /// - Throws: `Failure.overloaded` if the tenant has reached its limit.
    func permit(_ tenant: TenantID) throws -> Permit {
        let isAdmitted = underWay.withLock { underWay in
            guard underWay[tenant, default: 0] < limit else { return false }
            underWay[tenant, default: 0] += 1
            return true
        }
        guard isAdmitted else {
            refusals.withLock { $0 += 1 }
            throw Failure.overloaded("too many concurrent requests from this tenant; try again in a moment")
        }
        return Permit { self.leave(tenant) }
    }

    private func leave(_ tenant: TenantID) {
        underWay.withLock { underWay in
            let left = underWay[tenant, default: 1] - 1
            underWay[tenant] = left > 0 ? left : nil
        }
    }
}
