import Extraction

/// A field with parameters, such as `text/plain; charset="utf-8"`. Damaged parameters are skipped.
///
/// - Source: RFC 2045, section 5.1; RFC 2231 for values in several parts and in other encodings.
struct StructuredField {
    /// The part before the first semicolon, in lower case.
    let value: String
    private var parameters: [String: [UInt8]] = [:]
    private static let maximumParameters = 1000

    init(_ field: [UInt8]) {
        var rest = field[...]
        value = Self.token(rest.prefix { $0 != Ascii.semicolon })
        rest = rest.drop { $0 != Ascii.semicolon }
        while rest.popFirst() != nil, parameters.count < Self.maximumParameters {
            let name = Self.token(rest.prefix { $0 != Ascii.equals && $0 != Ascii.semicolon })
            rest = rest.drop { $0 != Ascii.equals && $0 != Ascii.semicolon }
            guard rest.first == Ascii.equals else { continue }
            rest = rest.dropFirst().drop(while: Ascii.isWhite)
            let value = rest.first == Ascii.quote ? Self.quoted(&rest) : Self.trimmed(rest.prefix { $0 != Ascii.semicolon })
            if parameters[name] == nil, !name.isEmpty { parameters[name] = Array(value) }
            rest = rest.drop { $0 != Ascii.semicolon }
        }
    }

    /// Returns the text of a parameter, decoded; `nil` if there is none.
    func parameter(_ name: String) -> String? {
        if let value = parameters[name] { return HeaderText.decoded(value) }
        if let value = parameters["\(name)*"] { return Self.extended(value) }
        // `name*0*=utf-8''a; name*1*=b; name*2=c`
        var bytes: [UInt8] = []
        var charset: String?
        for part in 0..<Self.maximumParameters {
            if let value = parameters["\(name)*\(part)*"] {
                let (label, content) = part == 0 ? Self.label(value) : (charset, value[...])
                charset = label
                bytes += TransferCoding.percent(content)
            } else if let value = parameters["\(name)*\(part)"] {
                bytes += value
            } else {
                break
            }
        }
        guard !bytes.isEmpty else { return nil }
        return charset == nil ? HeaderText.decoded(bytes) : String(decoding: LenientText.utf8(bytes, label: charset), as: UTF8.self)
    }

    private static func extended(_ value: [UInt8]) -> String {
        let (charset, content) = label(value)
        return String(decoding: LenientText.utf8(TransferCoding.percent(content), label: charset), as: UTF8.self)
    }

    /// Splits `charset'language'value`.
    private static func label(_ value: [UInt8]) -> (charset: String?, value: ArraySlice<UInt8>) {
        let parts = value.split(separator: Ascii.apostrophe, maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3 else { return (nil, value[...]) }
        return (String(decoding: parts[0].map(Ascii.lowercased), as: UTF8.self), parts[2])
    }

    private static func quoted(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        rest = rest.dropFirst()
        var bytes: [UInt8] = []
        while let byte = rest.popFirst(), byte != Ascii.quote {
            if byte == Ascii.backslash, let next = rest.first, next == Ascii.quote || next == Ascii.backslash {
                bytes.append(next)
                rest = rest.dropFirst()
            } else {
                bytes.append(byte)
            }
        }
        return bytes[...]
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var bytes = bytes.drop(while: Ascii.isWhite)
        while let last = bytes.last, Ascii.isWhite(last) { bytes = bytes.dropLast() }
        return bytes
    }

    private static func token(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: trimmed(bytes).map(Ascii.lowercased), as: UTF8.self)
    }
}
