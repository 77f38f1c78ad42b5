import HTTPTypes

/// An entity tag: the name of one version of a resource.
///
/// - Source: RFC 9110, section 8.8.3.
package struct EntityTag: Hashable, Sendable {
    /// The tag without its quotes.
    package let opaque: String
    /// Whether the tag is weak (`W/"…"`): it names a version up to differences that do not matter.
    package let isWeak: Bool

    package init(_ opaque: String, isWeak: Bool = false) { (self.opaque, self.isWeak) = (opaque, isWeak) }

    /// The tag as a header has it.
    package var text: String { (isWeak ? "W/" : "") + "\"\(opaque)\"" }
}

/// The value of `If-Match` or `If-None-Match`.
///
/// - Source: RFC 9110, sections 13.1.1 and 13.1.2.
package enum EntityTagList: Hashable, Sendable {
    /// `*`: every version.
    case any
    case tags([EntityTag])

    /// Parses the lines of a header, which count as one list. Takes linear time.
    ///
    /// - Returns: `nil` if the value is malformed or has no tag.
    package init?(_ lines: [String]) {
        var parser = Parser(rest: lines.joined(separator: ",").utf8[...])
        guard let list = parser.list() else { return nil }
        self = list
    }

    private struct Parser {
        var rest: Substring.UTF8View

        mutating func list() -> EntityTagList? {
            skipSeparators()
            if rest.first == UInt8(ascii: "*") {
                rest.removeFirst()
                skipSeparators()
                return rest.isEmpty ? .any : nil
            }
            var tags: [EntityTag] = []
            while !rest.isEmpty {
                guard let tag = tag() else { return nil }
                tags.append(tag)
                skipSpace()
                guard rest.isEmpty || rest.first == UInt8(ascii: ",") else { return nil }
                skipSeparators()
            }
            return tags.isEmpty ? nil : .tags(tags)
        }

        private mutating func tag() -> EntityTag? {
            let isWeak = rest.starts(with: "W/".utf8)
            if isWeak { rest = rest.dropFirst(2) }
            guard rest.first == UInt8(ascii: "\"") else { return nil }
            rest.removeFirst()
            let opaque = rest.prefix { $0 == 0x21 || $0 >= 0x23 && $0 != 0x7F }
            rest = rest[opaque.endIndex...]
            guard rest.first == UInt8(ascii: "\"") else { return nil }
            rest.removeFirst()
            return EntityTag(String(Substring(opaque)), isWeak: isWeak)
        }

        private mutating func skipSpace() { rest = rest.drop { $0 == 0x20 || $0 == 0x09 } }

        private mutating func skipSeparators() { rest = rest.drop { $0 == 0x20 || $0 == 0x09 || $0 == UInt8(ascii: ",") } }
    }
}
