import Synchronization
import Tenancy

/// A round-robin scheduler of tenants: at most one batch per tenant, and at most `limit` tenants, run at once.
final class TenantTurns: Sendable {
    private struct State {
        var last: TenantID?
        var busy: Set<TenantID> = []
        /// Whether a job is running that must run alone.
        var isExclusive = false
    }
    private let state = Mutex(State())
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    /// Returns the tenant after which to continue and the busy tenants to skip, or `nil` if no further batch may start.
    func next() -> (last: TenantID?, busy: Set<TenantID>)? {
        state.withLock { $0.busy.count < limit && !$0.isExclusive ? ($0.last, $0.busy) : nil }
    }

    /// - Parameter exclusively: whether no other batch may start until this one ends.
    func begin(_ tenant: TenantID, exclusively: Bool = false) {
        state.withLock {
            $0.last = tenant
            $0.busy.insert(tenant)
            $0.isExclusive = exclusively
        }
    }

    func end(_ tenant: TenantID) {
        state.withLock {
            $0.busy.remove(tenant)
            $0.isExclusive = false
        }
    }
}
