/// The entity tags of compressed representations: the one place that knows them.
///
/// A strong tag names bytes, so the compressed form of `"abc"` has the tag `"abc-gzip"`. Clients send it back in `If-Match` and
/// `If-None-Match`, where `plain` restores the tags that routes know. A weak tag stays: it names all forms.
///
/// - Source: RFC 9110, section 8.8.3.3.
package enum CodedEntityTag {
    private static let ending = "-gzip\""

    /// Returns the tag of the compressed form.
    package static func coded(_ tag: String) -> String {
        guard tag.utf8.first == UInt8(ascii: "\""), tag.utf8.count >= 2, tag.utf8.last == UInt8(ascii: "\"") else { return tag }
        return tag.dropLast() + ending
    }

    /// Returns the value of a condition with the tags of plain forms.
    package static func plain(_ condition: String) -> String {
        String(decoding: Array(condition.utf8).replacing(ending.utf8, with: "\"".utf8), as: UTF8.self)
    }

    package static func isCoded(_ condition: String) -> Bool { condition.utf8.contains(ending.utf8) }
}
