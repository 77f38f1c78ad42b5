/// A media type in HTTP syntax: `text/html; charset=utf-8`.
///
/// - Source: RFC 9110, section 8.3.1.
public struct MediaType: Sendable, Hashable, CustomStringConvertible {
    /// The type in lower case, without parameters: `text/html`.
    public let essence: String
    /// The `charset` parameter, unchanged.
    public let charset: String?

    public static let plainText = MediaType(essence: "text/plain", charset: nil)
    public static let markdown = MediaType(essence: "text/markdown", charset: nil)
    public static let html = MediaType(essence: "text/html", charset: nil)

    /// Returns `nil` if `header` is not a media type.
    public init?(_ header: String) {
        guard let value = HeaderValue(header) else { return nil }
        let halves = value.value.utf8.split(separator: Ascii.slash, omittingEmptySubsequences: false)
        guard halves.count == 2, halves.allSatisfy({ HeaderValue.isToken(Substring($0)) }) else { return nil }
        self.init(essence: value.value, charset: value.parameters["charset"])
    }

    /// - Parameter essence: a type and subtype in lower case, such as `application/pdf`.
    package init(essence: String) { self.init(essence: essence, charset: nil) }

    private init(essence: String, charset: String?) { (self.essence, self.charset) = (essence, charset) }

    public var description: String { charset.map { "\(essence); charset=\($0)" } ?? essence }
}
