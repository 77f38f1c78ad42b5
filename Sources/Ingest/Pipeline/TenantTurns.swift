import Synchronization
import Tenancy

/// Whose turn it is: tenants are served in turn, each by one batch at a time, so many at once.
final class TenantTurns: Sendable {
    private struct State {
        var last: TenantID?
        var busy: Set<TenantID> = []
        /// Whether a job runs beside which nothing may run.
        var isExclusive = false
    }
    private let state = Mutex(State())
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    /// After whom to look, and whom to pass over; `nil` where enough are being served.
    func next() -> (last: TenantID?, busy: Set<TenantID>)? {
        state.withLock { $0.busy.count < limit && !$0.isExclusive ? ($0.last, $0.busy) : nil }
    }

    /// - Parameter exclusively: whether no other tenant may be served until this turn ends.
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
