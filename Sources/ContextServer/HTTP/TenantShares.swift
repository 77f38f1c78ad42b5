import Synchronization
import Tenancy

/// How many requests each tenant has under way: one tenant may take most of the server, never all of it.
final class TenantShares: Sendable {
    /// Requests that one tenant may have under way.
    let limit: Int
    private let underWay = Mutex<[TenantID: Int]>([:])
    private let refusals = Mutex(0)

    /// How often a tenant had its share under way.
    var refused: Int { refusals.withLock { $0 } }

    /// - Parameter total: requests answered at once, over all tenants; one tenant gets three quarters of them.
    init(total: Int) { limit = max(1, total * 3 / 4) }

    /// - Throws: `Problem.overloaded` where the tenant has its share under way.
    func permit(_ tenant: TenantID) throws -> Permit {
        let isAdmitted = underWay.withLock { underWay in
            guard underWay[tenant, default: 0] < limit else { return false }
            underWay[tenant, default: 0] += 1
            return true
        }
        guard isAdmitted else {
            refusals.withLock { $0 += 1 }
            throw Problem.overloaded("too many requests of this tenant at once; try again in a moment")
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
