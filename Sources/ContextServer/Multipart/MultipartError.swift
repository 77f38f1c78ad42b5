/// Why a body is not a form. Always the client's.
public struct MultipartError: Error, Sendable, Equatable {
    public enum Code: String, Sendable, CaseIterable {
        case notMultipart, invalidBoundary, malformed
        /// The body ends before its closing boundary.
        case truncated
        case tooManyParts, headersTooLarge
    }

    public let code: Code
    /// Sizes and rules; nothing that was sent.
    public let detail: String

    public init(_ code: Code, _ detail: String) { (self.code, self.detail) = (code, detail) }
}
