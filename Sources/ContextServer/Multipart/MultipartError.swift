/// The reason why a body is not a valid form. Always a client error.
public struct MultipartError: Error, Sendable, Equatable {
    public enum Code: String, Sendable, CaseIterable {
        case notMultipart, invalidBoundary, malformed
        /// The body ends before its closing boundary.
        case truncated
        case tooManyParts, headersTooLarge
    }

    public let code: Code
    /// A description with sizes and rules, but nothing that the client sent.
    public let detail: String

    public init(_ code: Code, _ detail: String) { (self.code, self.detail) = (code, detail) }
}
