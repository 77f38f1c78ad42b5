import Foundation

/// The base URL of a provider's API, such as `https://api.openai.com/v1`.
public struct BaseURL: Hashable, Sendable, CustomStringConvertible {
    /// The URL without a trailing slash.
    public let text: String
    /// `host:port` for messages; the port only if the URL has one.
    public let host: String

    /// - Throws: `.badURL`; the error does not repeat the URL, which may contain a key.
    public init(_ text: String) throws(UpstreamError) {
        let trimmed = text.hasSuffix("/") ? String(text.dropLast()) : text
        guard trimmed.utf8.count <= 2048, trimmed.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), let url = URL(string: trimmed),
            let scheme = url.scheme?.lowercased(), ["http", "https"].contains(scheme), let host = url.host(), !host.isEmpty
        else { throw UpstreamError(.badURL, "the base URL must be http:// or https:// with a host") }
        guard url.user() == nil, url.password() == nil, url.query() == nil, url.fragment() == nil else {
            throw UpstreamError(.badURL, "the base URL must not contain a user, a password, a query or a fragment")
        }
        guard url.port.map({ (1...65535).contains($0) }) ?? true else {
            throw UpstreamError(.badURL, "the base URL's port must be from 1 to 65535")
        }
        self.text = trimmed
        self.host = url.port.map { "\(host):\($0)" } ?? host
    }

    public var description: String { text }

    /// - Parameter path: begins with a slash.
    func appending(_ path: String) -> String { text + path }
}
