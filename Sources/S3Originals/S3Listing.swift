/// One page of the list of objects that S3 returns.
///
/// Only the names of this store are read, which have no character that XML escapes; the token is passed back after its escapes are undone.
struct S3Listing {
    let keys: [String]
    /// The common prefixes up to the delimiter.
    let prefixes: [String]
    /// The token of the next page; `nil` on the last one.
    let next: String?

    init(_ xml: [UInt8]) {
        let text = String(decoding: xml, as: UTF8.self)
        keys = Self.values(of: "Key", in: text[...])
        prefixes = Self.values(of: "CommonPrefixes", in: text[...]).flatMap { Self.values(of: "Prefix", in: $0[...]) }
        next = Self.values(of: "NextContinuationToken", in: text[...]).first.map(Self.unescaped)
    }

    private static func values(of element: String, in text: Substring) -> [String] {
        let (opening, closing) = (Array("<\(element)>".utf8), Array("</\(element)>".utf8))
        let utf8 = Array(text.utf8)
        var values: [String] = []
        var start: Int?
        var i = 0
        while i < utf8.count {
            if utf8[i] == UInt8(ascii: "<") {
                if utf8[i...].starts(with: opening) {
                    start = i + opening.count
                } else if utf8[i...].starts(with: closing), let begin = start {
                    values.append(String(decoding: utf8[begin..<i], as: UTF8.self))
                    start = nil
                }
            }
            i += 1
        }
        return values
    }

    private static func unescaped(_ text: String) -> String {
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")].reduce(text) { text, escape in
            text.split(separator: escape.0, omittingEmptySubsequences: false).joined(separator: escape.1)
        }
    }
}
