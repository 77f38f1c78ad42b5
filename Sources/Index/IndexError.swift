/// What can go wrong in an index.
public struct IndexError: Error, Sendable {
    public enum Code: String, Sendable, CaseIterable {
        /// A vector has another number of components than the index.
        case dimensionMismatch
        /// A vector holds NaN or ∞.
        case notFinite
        /// A change would take the index back to an earlier catalog sequence number.
        case staleSequence
        /// One change adds the same chunk twice.
        case duplicateChunk
        /// A file of the index could not be written; the index goes on as it was.
        case fileFailed
        /// A file of the index no longer holds what was written to it: close the index, remove its folder, begin again.
        case damaged
        /// Upkeep was asked to stop.
        case cancelled
        /// Memory or row numbers ran out; the index is as it was before the call.
        case exhausted
        /// A library failed in a way that is a bug of ours or its own; the index is as it was before the call.
        case `internal`
    }

    /// Closed and bounded: this, and only this, becomes a metric label.
    public let code: Code
    /// For our logs: sizes, offsets, file names; never text of a document or a query.
    public let detail: String
    public let cause: (any Error)?

    public init(_ code: Code, _ detail: String, cause: (any Error)? = nil) {
        self.code = code
        self.detail = detail
        self.cause = cause
    }

    /// Whether the caller asked for something that can never work, as against the index failing at it.
    public var isCallersFault: Bool {
        switch code {
        case .dimensionMismatch, .notFinite, .staleSequence, .duplicateChunk: true
        case .fileFailed, .damaged, .cancelled, .exhausted, .internal: false
        }
    }
}

extension IndexError: CustomStringConvertible {
    public var description: String { "\(code.rawValue): \(detail)" }
}
