/// Why a file gave no text. Always the caller's file, never our fault.
public struct ExtractError: Error, Sendable, Equatable {
    public enum Code: String, Sendable, CaseIterable {
        /// Not a format that is read here; `detail` names those that are.
        case unsupportedMediaType = "unsupported_media_type"
        /// Binary, or text in an encoding that cannot be told or is not supported.
        case undecodable
        /// Nothing but white space.
        case empty
        /// Beyond one of `ExtractLimits`.
        case tooLarge = "too_large"
        /// Beyond repair, for instance elements nested past the limit.
        case malformed
    }

    public let code: Code
    /// Sizes, offsets and format names; never the document's text, so it may be logged and sent to the client.
    public let detail: String

    public init(_ code: Code, _ detail: String) { (self.code, self.detail) = (code, detail) }

    static func unsupported(_ what: String) -> ExtractError {
        ExtractError(.unsupportedMediaType, "\(what) is not supported; supported are \(DocumentFormat.supportedSummary)")
    }
}
