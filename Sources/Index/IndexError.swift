/// An error of an index.
public struct IndexError: Error, Sendable {
    public enum Code: String, Sendable, CaseIterable {
        /// A vector's number of components differs from the index's.
        case dimensionMismatch
        /// A vector holds NaN or ∞.
        case notFinite
        /// A change has a lower catalog sequence number than the index.
        case staleSequence
        /// One change adds the same chunk twice.
        case duplicateChunk
        /// A chunk is not in the index.
        case unknownChunk
        /// Writing an index file failed; the index remains as it was.
        case fileFailed
        /// An index file is corrupt: close the index, remove its folder, and rebuild it.
        case damaged
        /// Maintenance was cancelled.
        case cancelled
        /// Memory or row numbers are exhausted; the index remains as it was before the call.
        case exhausted
        /// A library call failed because of a bug, in the server or in the library; the index remains as it was before the call.
        case `internal`
    }

    /// The error code, from a closed set. Only the code is used as a metric label.
    public let code: Code
    /// Details for logs: sizes, offsets, file names; never text of a document or a query.
    public let detail: String
    public let cause: (any Error)?

    public init(_ code: Code, _ detail: String, cause: (any Error)? = nil) {
        self.code = code
        self.detail = detail
        self.cause = cause
    }

    /// Whether the call itself was invalid, rather than the index failing to execute it.
    public var isClientError: Bool {
        switch code {
        case .dimensionMismatch, .notFinite, .staleSequence, .duplicateChunk, .unknownChunk: true
        case .fileFailed, .damaged, .cancelled, .exhausted, .internal: false
        }
    }
}

extension IndexError: CustomStringConvertible {
    public var description: String { "\(code.rawValue): \(detail)" }
}
