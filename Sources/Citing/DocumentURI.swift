internal import ByteText

/// The resource URI of a document, `contextd://documents/{id}`. The id is one path segment, percent-encoded as in the
/// simple expansion of RFC 6570: all characters except the unreserved ones.
package enum DocumentURI {
    package static let prefix = "contextd://documents/"
    package static let template = "contextd://documents/{id}"

    package static func uri(of id: String) -> String { prefix + PercentEncoding.encoded(id) }

    /// Returns the id in a URI. Scheme and authority are case-insensitive (RFC 3986 §6.2.2.1).
    ///
    /// - Returns: `nil` if the URI is not a document URI: it has another scheme or host, a second segment, a query or fragment, an
    ///   invalid escape, or bytes that are not UTF-8.
    package static func id(in uri: String) -> String? {
        let head = prefix.utf8.count
        let segment = uri.utf8.dropFirst(head)
        guard !segment.isEmpty, uri.utf8.prefix(head).map(lowercased) == Array(prefix.utf8),
            !segment.contains(where: { [UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#")].contains($0) })
        else { return nil }
        return PercentEncoding.bytes(segment).flatMap { String(validating: $0, as: UTF8.self) }
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte + 32 : byte
    }
}
