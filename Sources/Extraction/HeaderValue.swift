/// A header value with parameters: `form-data; name="file"; filename="a.txt"`.
///
/// - Source: RFC 9110, section 5.6.6. A backslash escapes only `"` and `\`, as some clients send Windows paths.
package struct HeaderValue: Sendable, Equatable {
    /// The part before the first `;`, in lower case.
    package let value: String
    /// The parameters by lower-case name.
    package let parameters: [String: String]

    /// Returns `nil` for a control character, a parameter without `=`, an unclosed quote or a duplicate parameter.
    package init?(_ header: String) {
        var rest = Array(header.utf8)[...]
        guard !rest.contains(where: { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F }) else { return nil }
        value = Self.lowercased(Self.trimmed(rest.prefix { $0 != Ascii.semicolon }))
        rest = rest.drop { $0 != Ascii.semicolon }
        var parameters: [String: String] = [:]
        while rest.popFirst() != nil {  // the semicolon
            rest = rest.drop(while: Ascii.isBlank)
            guard let next = rest.first else { break }
            if next == Ascii.semicolon { continue }
            guard let (name, text) = Self.parameter(&rest), parameters.updateValue(text, forKey: name) == nil else {
                return nil
            }
        }
        self.parameters = parameters
    }

    /// Consumes one parameter and the blanks after it, up to the end or a semicolon.
    private static func parameter(_ rest: inout ArraySlice<UInt8>) -> (name: String, value: String)? {
        let raw = rest.prefix { $0 != Ascii.equals && $0 != Ascii.semicolon }
        rest = rest.dropFirst(raw.count)
        let name = lowercased(trimmed(raw))
        guard rest.popFirst() == Ascii.equals, isToken(name[...]) else { return nil }
        rest = rest.drop(while: Ascii.isBlank)
        guard let value = rest.first == Ascii.quote ? quoted(&rest) : unquoted(&rest) else { return nil }
        rest = rest.drop(while: Ascii.isBlank)
        guard rest.isEmpty || rest.first == Ascii.semicolon else { return nil }
        return (name, value)
    }

    private static func unquoted(_ rest: inout ArraySlice<UInt8>) -> String? {
        let raw = rest.prefix { $0 != Ascii.semicolon }
        rest = rest.dropFirst(raw.count)
        return String(decoding: trimmed(raw), as: UTF8.self)
    }

    private static func quoted(_ rest: inout ArraySlice<UInt8>) -> String? {
        rest = rest.dropFirst()
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            if byte == Ascii.quote { return String(decoding: bytes, as: UTF8.self) }
            if byte == Ascii.backslash, let next = rest.first, next == Ascii.quote || next == Ascii.backslash {
                bytes.append(next)
                rest = rest.dropFirst()
            } else {
                bytes.append(byte)
            }
        }
        return nil
    }

    /// Returns whether the text is not empty and contains only letters, digits and ``!#$%&'*+-.^_`|~``.
    package static func isToken(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { Ascii.isLetter($0) || Ascii.isDigit($0) || tokenMarks.contains($0) }
    }

    private static let tokenMarks = Array("!#$%&'*+-.^_`|~".utf8)

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var bytes = bytes.drop(while: Ascii.isBlank)
        while let last = bytes.last, Ascii.isBlank(last) { bytes = bytes.dropLast() }
        return bytes
    }

    private static func lowercased(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes.map(Ascii.lowercased), as: UTF8.self)
    }
}
