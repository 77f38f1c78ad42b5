/// The media types that a client accepts, from its `Accept` headers.
///
/// A quality is read in one pass, which takes linear time and keeps nothing. Elements that are not media ranges are ignored; `*` counts as
/// `*/*`, since some clients send it. Of a range's parameters only the quality is read.
///
/// - Source: RFC 9110, section 12.5.1.
package struct AcceptedMedia {
    /// The values of the headers, which count as one list.
    private let values: [String]

    /// - Parameter values: the values of all `Accept` headers of a request; with none, or only blank ones, everything is accepted.
    package init(_ values: [String]) { self.values = values.filter { $0.utf8.contains { $0 != 0x20 && $0 != 0x09 && $0 != 0x2C } } }

    /// Returns whether a response of the type is acceptable.
    ///
    /// - Parameter type: a media type without parameters, in lower case.
    package func accepts(_ type: String) -> Bool { quality(of: type) > 0 }

    /// Returns how much the client wants a type, from 0 to 1000, by the most specific range that covers it; 0 if none does.
    ///
    /// - Parameter type: a media type without parameters, in lower case.
    package func quality(of type: String) -> Int { values.isEmpty ? 1000 : best(for: type).quality }

    /// Returns whether the client accepts this type by its name, not by a wildcard or because it accepts everything.
    ///
    /// - Parameter type: a media type without parameters, in lower case.
    package func names(_ type: String) -> Bool {
        let best = best(for: type)
        return best.specificity == Self.exact && best.quality > 0
    }

    /// Returns the most specific range that covers a type; of several, the one with the highest quality.
    private func best(for type: String) -> (specificity: Int, quality: Int) {
        var best = (specificity: 0, quality: 0)
        for value in values {
            var rest = value.utf8[...]
            while !rest.isEmpty {
                let range = Self.part(of: &rest, endedBy: UInt8(ascii: ","))
                let specificity = Self.specificity(of: range, for: type)
                guard specificity > 0, let quality = Self.quality(in: range) else { continue }
                if (specificity, quality) > (best.specificity, best.quality) { best = (specificity, quality) }
            }
        }
        return best
    }

    /// The specificity of a range that is the type itself.
    private static let exact = 3

    /// Removes and returns the bytes up to a separator that is not in a quoted string, and removes the separator.
    private static func part(of rest: inout Substring.UTF8View, endedBy separator: UInt8) -> Substring.UTF8View {
        var (isQuoted, isEscaped) = (false, false)
        let end = rest.firstIndex { byte in
            if isEscaped {
                isEscaped = false
            } else if isQuoted && byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
            } else if !isQuoted && byte == separator {
                return true
            }
            return false
        }
        let part = rest[..<(end ?? rest.endIndex)]
        rest = end.map { rest[rest.index(after: $0)...] } ?? rest[rest.endIndex...]
        return part
    }

    /// Returns 3 for the type itself, 2 for `type/*`, 1 for `*/*`, and 0 for a range that does not cover the type.
    private static func specificity(of element: Substring.UTF8View, for type: String) -> Int {
        var element = element
        let range = trimmed(part(of: &element, endedBy: UInt8(ascii: ";")))
        if isSame(range, "*/*".utf8[...]) || isSame(range, "*".utf8[...]) { return 1 }
        if isSame(range, type.utf8[...]) { return exact }
        guard range.last == UInt8(ascii: "*"), let slash = type.utf8.firstIndex(of: UInt8(ascii: "/")) else { return 0 }
        return isSame(range.dropLast(), type.utf8[...slash]) ? 2 : 0
    }

    /// Returns the quality of a range; 1000 if it gives none, `nil` if it is malformed.
    private static func quality(in element: Substring.UTF8View) -> Int? {
        var rest = element
        _ = part(of: &rest, endedBy: UInt8(ascii: ";"))
        while !rest.isEmpty {
            let parameter = trimmed(part(of: &rest, endedBy: UInt8(ascii: ";")))
            guard let equals = parameter.firstIndex(of: UInt8(ascii: "=")), isSame(trimmed(parameter[..<equals]), "q".utf8[...]) else {
                continue
            }
            return thousandths(trimmed(parameter[parameter.index(after: equals)...]))
        }
        return 1000
    }

    /// Parses a number from 0 to 1, with or without a digit before its point, in thousandths; further digits are rounded up, so that only
    /// zero is zero.
    private static func thousandths(_ text: Substring.UTF8View) -> Int? {
        let whole = text.prefix { $0 != UInt8(ascii: ".") }
        let fraction = text[whole.endIndex...].dropFirst()
        guard !(whole.isEmpty && fraction.isEmpty), whole.count <= 1, whole.allSatisfy(isDigit), fraction.allSatisfy(isDigit) else {
            return nil
        }
        if let digit = whole.first, digit != UInt8(ascii: "0") { return 1000 }
        let digits = Array(fraction.prefix(3)) + [0x30, 0x30, 0x30]
        let value = digits.prefix(3).reduce(0) { $0 * 10 + Int($1) - 0x30 }
        return fraction.dropFirst(3).contains { $0 != UInt8(ascii: "0") } ? value + 1 : value
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func trimmed(_ text: Substring.UTF8View) -> Substring.UTF8View {
        var text = text.drop(while: isSpace)
        while let last = text.last, isSpace(last) { text.removeLast() }
        return text
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    /// Compares without regard to the case of letters.
    private static func isSame(_ text: Substring.UTF8View, _ lowercase: Substring.UTF8View) -> Bool {
        text.elementsEqual(lowercase) { ((0x41...0x5A).contains($0) ? $0 + 32 : $0) == $1 }
    }
}
