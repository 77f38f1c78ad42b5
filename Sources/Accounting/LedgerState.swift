import Catalog
import Tenancy

/// Open requests, accounts, and usage rows to be written. A plain value, for tests: it takes no lock, awaits nothing and reads no clock.
struct LedgerState: Sendable {
    enum Beginning {
        case begun
        /// The tenant's account is not loaded: call `install` and retry.
        case needsAccount
        case refused(QuotaStanding)
        case backlogged
    }

    private struct OpenRequest {
        let scope: TenantScope
        let request: UsageRequest
        var promptTokens: Int
        var reserved: Int
        let startUptime: Int64
        var record: UsageRecord
    }

    /// A row to be written, with the revision of its contents.
    struct PendingRow {
        let scope: TenantScope
        let record: UsageRecord
        fileprivate let revision: Int
    }

    /// Maximum number of waiting rows; beyond it no request begins.
    let limit: Int
    private var accounts: [TenantScope: TenantAccount] = [:]
    private var open: [UsageID: OpenRequest] = [:]
    private var waiting: [UsageID: PendingRow] = [:]
    private var revision = 0
    /// Tallies of finished requests, by the model that answered or was to answer.
    private(set) var tallies: [String: ModelTally] = [:]
    /// The latest time so far, so that setting the clock back does not reopen an earlier day.
    private var latest = Timestamp(milliseconds: 0)

    init(limit: Int) { self.limit = limit }

    var openCount: Int { open.count }
    var waitingCount: Int { waiting.count }
    var waitingRows: [PendingRow] { Array(waiting.values) }
    var scopes: [TenantScope] { Array(accounts.keys) }

    /// Returns the moment, with a wall time not before any earlier one.
    mutating func advance(_ moment: Moment) -> Moment {
        latest = max(latest, moment.wall)
        return Moment(wall: latest, uptimeMicroseconds: moment.uptimeMicroseconds)
    }

    /// Returns an id for a new request. It follows all earlier ids of the tenant and is independent of other tenants' requests.
    ///
    /// - Parameter moment: as `advance` returned it.
    mutating func nextID(at moment: Moment, in scope: TenantScope, using generator: inout some RandomNumberGenerator) -> UsageID {
        let id = UsageID(at: moment.wall, after: accounts[scope]?.lastID, using: &generator)
        accounts[scope]?.lastID = id
        return id
    }

    /// Adds a tenant's account, as read from the catalog. An existing account is more recent and stays.
    mutating func install(_ account: TenantAccount, for scope: TenantScope) {
        if accounts[scope] == nil { accounts[scope] = account }
    }

    func hasAccount(_ scope: TenantScope) -> Bool { accounts[scope] != nil }

    /// Updates quotas, and removes the accounts of deleted tenants.
    mutating func refresh(_ asked: [TenantScope], _ quotas: [TenantScope: TokenQuota?]) {
        for scope in asked {
            if let quota = quotas[scope] { accounts[scope]?.quota = quota } else { accounts[scope] = nil }
        }
    }

    mutating func standing(in scope: TenantScope, at moment: Moment) -> QuotaStanding? {
        let day = UTCDay(containing: advance(moment).wall)
        return accounts[scope]?.standing(on: day)
    }

    /// - Parameter moment: as `advance` returned it, also for the id.
    mutating func begin(_ request: UsageRequest, as id: UsageID, in scope: TenantScope, at moment: Moment) -> Beginning {
        guard waiting.count < limit else { return .backlogged }
        guard accounts[scope] != nil else { return .needsAccount }
        let (prompt, completion) = (request.promptTokens, request.maximumCompletionTokens)
        let day = UTCDay(containing: moment.wall)
        var record = UsageRecord(id: id, startedAt: moment.wall, key: request.key, model: request.requestedModel, tokens: .none)
        record.model = request.model
        guard let reserved = accounts[scope]?.reserve(prompt: prompt, completion: completion, on: day) else {
            record.outcome = .refused
            tallies[record.model, default: ModelTally()].add(record)
            write(record, scope)
            return accounts[scope]?.standing(on: day).map { .refused($0) } ?? .needsAccount
        }
        record.tokens = Self.expected(prompt: prompt, reserved: reserved)
        open[id] = OpenRequest(
            scope: scope, request: request, promptTokens: prompt, reserved: reserved, startUptime: moment.uptimeMicroseconds, record: record
        )
        write(record, scope)
        return .begun
    }

    /// Reserves more prompt tokens, for retrieved passages.
    ///
    /// - Returns: the quota's standing if too few tokens are left; then the request has ended as refused.
    mutating func retrieved(_ tokens: Int, for id: UsageID, at moment: Moment) -> QuotaStanding? {
        guard var request = open[id] else { return nil }
        let began = UTCDay(containing: request.record.startedAt)
        request.promptTokens = request.promptTokens.addingClamped(max(0, tokens))
        request.record.retrievedTokens = request.record.retrievedTokens.addingClamped(max(0, min(tokens, UsageTokens.maximum)))
        accounts[request.scope]?.release(request.reserved, used: 0, began: began)
        let completion = request.request.maximumCompletionTokens
        let reserved =
            accounts[request.scope] == nil
            ? 0 : accounts[request.scope]?.reserve(prompt: request.promptTokens, completion: completion, on: began)
        guard let reserved else {
            request.reserved = 0
            open[id] = request
            settle(id, UsageSettlement(.refused, tokens: UsageTokens.none), at: moment)
            return standing(in: request.scope, at: moment)
        }
        request.reserved = reserved
        request.record.tokens = Self.expected(prompt: request.promptTokens, reserved: reserved)
        open[id] = request
        write(request.record, request.scope)
        return nil
    }

    mutating func answered(by model: String, for id: UsageID) { open[id]?.record.model = model }

    mutating func firstToken(of id: UsageID, at moment: Moment) {
        guard let request = open[id], request.record.firstTokenMicroseconds == nil else { return }
        open[id]?.record.firstTokenMicroseconds = max(0, moment.uptimeMicroseconds - request.startUptime)
    }

    /// Ends a request. Does nothing if it has already ended.
    ///
    /// - Returns: whether this call ended it.
    @discardableResult
    mutating func settle(_ id: UsageID, _ settlement: UsageSettlement, at moment: Moment) -> Bool {
        guard let request = open.removeValue(forKey: id) else { return false }
        var record = request.record
        record.outcome = settlement.outcome == .open ? .abandoned : settlement.outcome
        record.tokens = settlement.tokens ?? UsageTokens(prompt: request.promptTokens, completion: 0, isEstimated: true)
        record.errorCode = settlement.errorCode
        record.durationMicroseconds = max(0, moment.uptimeMicroseconds - request.startUptime)
        accounts[request.scope]?.release(
            request.reserved, used: record.tokens.total, began: UTCDay(containing: record.startedAt))
        tallies[record.model, default: ModelTally()].add(record)
        write(record, request.scope)
        return true
    }

    /// Removes written rows, except those that have changed since.
    mutating func written(_ rows: [PendingRow]) {
        for row in rows where waiting[row.record.id]?.revision == row.revision { waiting[row.record.id] = nil }
    }

    private mutating func write(_ record: UsageRecord, _ scope: TenantScope) {
        revision += 1
        waiting[record.id] = PendingRow(scope: scope, record: record, revision: revision)
    }

    private static func expected(prompt: Int, reserved: Int) -> UsageTokens {
        UsageTokens(prompt: min(prompt, reserved), completion: max(0, reserved.subtractingClamped(prompt)), isEstimated: true)
    }
}
