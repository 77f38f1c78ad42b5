public import Catalog

/// An open model request, from its reservation to its settlement. It is settled once; if the entry is released first, the request ends as
/// abandoned.
public final class UsageEntry: Sendable {
    public let id: UsageID
    private let ledger: UsageLedger

    init(_ id: UsageID, _ ledger: UsageLedger) { (self.id, self.ledger) = (id, ledger) }

    deinit { ledger.settle(id, UsageSettlement(.abandoned, tokens: nil)) }

    /// Reserves more prompt tokens, for retrieved passages.
    ///
    /// - Throws: `.quotaExceeded`; then the request has ended as refused.
    public func retrieved(tokens: Int) throws(AccountingError) { try ledger.retrieved(tokens, for: id) }

    /// Records the model that answers, if it differs from the requested one.
    public func answered(by model: String) { ledger.answered(by: model, for: id) }

    /// Records the time to the first part of the response. Later calls have no effect.
    public func noteFirstToken() { ledger.noteFirstToken(of: id) }

    /// Ends the request. A second call is ignored.
    ///
    /// - Returns: whether this call ended it.
    @discardableResult
    public func settle(_ settlement: UsageSettlement) -> Bool { ledger.settle(id, settlement) }
}
