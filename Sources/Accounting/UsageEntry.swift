public import Catalog

/// A request to a model that is under way, from its reservation to its settlement. It is settled once; dropped without, it settles
/// itself as abandoned.
public final class UsageEntry: Sendable {
    public let id: UsageID
    private let ledger: UsageLedger

    init(_ id: UsageID, _ ledger: UsageLedger) { (self.id, self.ledger) = (id, ledger) }

    deinit { ledger.settle(id, UsageSettlement(.abandoned, tokens: nil)) }

    /// Reserves more for the prompt, of passages that were retrieved for it.
    ///
    /// - Throws: `.quotaExceeded`; then the request has ended as refused.
    public func retrieved(tokens: Int) throws(AccountingError) { try ledger.retrieved(tokens, for: id) }

    /// Says which model answers, where it is another than the one that was asked.
    public func answered(by model: String) { ledger.answered(by: model, for: id) }

    /// Notes the time to the first part of the answer. Later calls change nothing.
    public func noteFirstToken() { ledger.noteFirstToken(of: id) }

    /// Ends the request. A second call is ignored.
    ///
    /// - Returns: whether this call ended it.
    @discardableResult
    public func settle(_ settlement: UsageSettlement) -> Bool { ledger.settle(id, settlement) }
}
