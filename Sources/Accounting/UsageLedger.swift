public import Catalog
public import Logging
import Synchronization
public import Tenancy

/// The accounting of model requests: reserves quota before each request, settles it afterwards, and writes one usage row to the catalog.
///
/// Reservation and settlement happen in memory. `run` writes the rows some milliseconds later, in groups. No request waits for the disk
/// except the first of each tenant, which reads the tenant's account. `kill -9` loses requests that began after the last written group; the
/// next process closes the written open rows and counts their reserved tokens as used.
public final class UsageLedger: Sendable {
    private let catalog: CatalogStore
    private let clock: LedgerClock
    private let logger: Logger
    private let state: Mutex<LedgerState>
    private let wake: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation

    /// Default maximum number of waiting rows; beyond it no request begins.
    public static let defaultBacklog = 20_000
    /// Maximum number of rows per transaction, so that other writers can write in between.
    private static let groupRows = 1000
    /// Delay before a group is written, and before a failed write is retried.
    private static let groupPause = Duration.milliseconds(100)
    private static let failurePause = Duration.seconds(1)
    /// Time between two reads of the quotas, which another process may change.
    private static let refreshPause = Duration.seconds(2)

    /// Opens the ledger of the process that owns the catalog, and closes rows that a previous process left open.
    ///
    /// - Throws: if the catalog cannot be read or written.
    public static func open(_ catalog: CatalogStore, logger: Logger, clock: LedgerClock = .live, backlog: Int = defaultBacklog)
        async throws -> UsageLedger
    {
        var interrupted = 0
        do { interrupted = try await catalog.closeInterruptedUsage() } catch let error as CatalogError where error.isStorageError {
            logger.warning("interrupted requests could not be closed; the next start retries", metadata: ["error": "\(error)"])
        }
        if interrupted > 0 {
            logger.notice("requests were interrupted when the previous process ended", metadata: ["requests": "\(interrupted)"])
        }
        return UsageLedger(catalog, logger: logger, clock: clock, backlog: backlog)
    }

    private init(_ catalog: CatalogStore, logger: Logger, clock: LedgerClock, backlog: Int) {
        (self.catalog, self.logger, self.clock) = (catalog, logger, clock)
        state = Mutex(LedgerState(limit: max(1, backlog)))
        (wake, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Begins a request and reserves its tokens.
    ///
    /// - Throws: `AccountingError`.
    public func begin(_ request: UsageRequest, in scope: TenantScope) async throws(AccountingError) -> UsageEntry {
        for _ in 0..<2 {
            var generator = SystemRandomNumberGenerator()
            let now = clock.now
            let (id, beginning) = state.withLock { state in
                let moment = state.advance(now)
                let id = state.nextID(at: moment, in: scope, using: &generator)
                return (id, state.begin(request, as: id, in: scope, at: moment))
            }
            switch beginning {
            case .begun:
                waker.yield()
                return UsageEntry(id, self)
            case .needsAccount: try await load(scope)
            case .refused(let standing):
                waker.yield()
                throw Self.exceeded(
                    standing, needed: TenantAccount.needed(prompt: request.promptTokens, completion: request.maximumCompletionTokens))
            case .backlogged:
                throw AccountingError(.backlogged, "too many usage rows are waiting to be written; try again in a moment")
            }
        }
        // The account was loaded and immediately removed: the tenant is being deleted.
        throw AccountingError(.unreadable, "the tenant's account no longer exists")
    }

    /// Returns a tenant's current use of its quota; `nil` if it has none.
    ///
    /// - Throws: `.unreadable`.
    public func standing(in scope: TenantScope) async throws(AccountingError) -> QuotaStanding? {
        try await load(scope)
        let now = clock.now
        return state.withLock { $0.standing(in: scope, at: now) }
    }

    func retrieved(_ tokens: Int, for id: UsageID) throws(AccountingError) {
        let now = clock.now
        if let standing = state.withLock({ $0.retrieved(tokens, for: id, at: now) }) {
            waker.yield()
            throw Self.exceeded(standing, needed: nil)
        }
    }

    func answered(by model: String, for id: UsageID) { state.withLock { $0.answered(by: model, for: id) } }

    func noteFirstToken(of id: UsageID) {
        let now = clock.now
        state.withLock { $0.firstToken(of: id, at: now) }
    }

    @discardableResult
    func settle(_ id: UsageID, _ settlement: UsageSettlement) -> Bool {
        let now = clock.now
        let ended = state.withLock { $0.settle(id, settlement, at: now) }
        if ended { waker.yield() }
        return ended
    }

    /// Number of open requests, and of rows waiting to be written.
    public var depth: (open: Int, waiting: Int) { state.withLock { ($0.openCount, $0.waitingCount) } }

    /// Totals of finished requests since the start of the process, by model.
    public var tallies: [String: ModelTally] { state.withLock { $0.tallies } }

    private func load(_ scope: TenantScope) async throws(AccountingError) {
        guard !state.withLock({ $0.hasAccount(scope) }) else { return }
        let now = clock.now
        let day = UTCDay(containing: state.withLock { $0.advance(now).wall })
        do {
            let (quota, totals) = try await catalog.quotaAndTotals(on: day, in: scope)
            state.withLock { $0.install(TenantAccount(quota: quota, totals: totals, on: day), for: scope) }
        } catch {
            throw AccountingError(.unreadable, "the tenant's account cannot be read", cause: error)
        }
    }

    private static func exceeded(_ standing: QuotaStanding, needed: Int?) -> AccountingError {
        let per = standing.quota.period == .total ? "in total" : "per \(standing.quota.period.rawValue)"
        let takes = needed.map { "this request may use \($0) tokens" } ?? "the passages retrieved for this request use more tokens"
        let reserved = standing.reserved > 0 ? ", with \(standing.reserved) reserved by requests in progress" : ""
        let reset = standing.resetsAt.map { "; it resets at \($0.iso8601)" } ?? ""
        return AccountingError(
            .quotaExceeded,
            "\(takes), but the quota of \(standing.quota.tokens) tokens \(per) has \(standing.left) left\(reserved)\(reset)",
            standing: standing)
    }
}

// Writing usage rows.
extension UsageLedger {
    /// Writes rows and refreshes quotas until the task is cancelled; `stop` then writes the remaining rows.
    public func run() async {
        waker.yield()
        await withDiscardingTaskGroup { group in
            group.addTask { await self.writeGroups() }
            group.addTask { await self.followQuotas() }
        }
    }

    /// Writes all waiting rows, so that a subsequent read sees them.
    ///
    /// - Throws: if the catalog cannot be written; the rows stay in memory.
    public func flush() async throws {
        let rows = state.withLock { $0.waitingRows }
        for start in stride(from: 0, to: rows.count, by: Self.groupRows) {
            let group = rows[start..<min(start + Self.groupRows, rows.count)]
            try await catalog.writeUsage(group.map { ($0.scope, $0.record) })
            state.withLock { $0.written(Array(group)) }
        }
    }

    /// Writes all waiting rows at an orderly stop. Uses its own task: cancellation of the caller would roll back the transaction.
    public func stop() async {
        let writing = Task {
            do { try await self.flush() } catch {
                self.logger.error("usage rows were lost at shutdown", metadata: ["error": "\(error)"])
            }
        }
        await writing.value
    }

    /// Reads the quotas, which another process may have changed, and removes the accounts of deleted tenants.
    package func refresh() async throws {
        let scopes = state.withLock { $0.scopes }
        guard !scopes.isEmpty else { return }
        let quotas = try await catalog.quotas(in: scopes)
        state.withLock { $0.refresh(scopes, quotas) }
    }

    private func writeGroups() async {
        var isFailing = false
        for await _ in wake {
            // Pause first, so that a short request is written only once, already finished.
            guard (try? await clock.sleep(isFailing ? Self.failurePause : Self.groupPause)) != nil else { return }
            do {
                try await flush()
                if isFailing { logger.notice("usage rows are written again") }
                isFailing = false
            } catch {
                guard !Task.isCancelled else { return }
                // Log once: the failure may last long, and the rows stay in memory.
                if !isFailing { logger.error("usage rows cannot be written; they are kept in memory", metadata: ["error": "\(error)"]) }
                isFailing = true
                waker.yield()
            }
        }
    }

    private func followQuotas() async {
        while (try? await clock.sleep(Self.refreshPause)) != nil {
            // If the catalog cannot be read, the old quotas stay in force.
            try? await refresh()
        }
    }
}
