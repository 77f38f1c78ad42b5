import ByteText
import Gzip

/// A coding of request bodies that the server decodes.
///
/// - Source: RFC 9110, section 8.4.1.
package enum ContentCoding: Sendable, Hashable {
    case gzip
    case deflate

    /// Value of `Accept-Encoding` in the response to another coding.
    static let accepted = "gzip, deflate, identity"

    /// Returns the coding of a body, `nil` if it has none.
    ///
    /// - Parameter fields: values of `Content-Encoding`.
    /// - Throws: `.unknownContentCoding` for another coding, or more than one.
    static func named(by fields: [String]) throws(RequestRefusal) -> ContentCoding? {
        var (coding, items): (ContentCoding?, Int) = (nil, 0)
        for name in fields.lazy.flatMap({ $0.utf8.split(separator: UInt8(ascii: ","), maxSplits: Self.maximumItems) }) {
            items += 1
            guard items <= Self.maximumItems, name.count <= Self.maximumItemBytes else { throw .unknownContentCoding }
            let name = String(Substring(name)).lowercased().filter { $0 != " " && $0 != "\t" }
            if name == "identity" || name.isEmpty { continue }
            guard coding == nil, let known = Self.names[name] else { throw .unknownContentCoding }
            coding = known
        }
        return coding
    }

    /// Maximum number of items of the field, `identity` included, and of bytes of one.
    private static let (maximumItems, maximumItemBytes) = (8, 64)
    private static let names: [String: ContentCoding] = ["gzip": .gzip, "x-gzip": .gzip, "deflate": .deflate]

    var format: Inflater.Format {
        switch self {
        case .gzip: .gzip
        case .deflate: .deflate
        }
    }
}
