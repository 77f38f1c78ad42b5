extension JSONParser {
    /// Reads a string, from its opening quote to past its closing one.
    mutating func string(_ input: borrowing Span<UInt8>) throws(JSONError) -> String {
        position += 1
        let start = position
        let (end, escaped) = try closingQuote(input)
        let raw = input.extracting(start..<end)
        position = end + 1
        let text: UTF8Span
        do {
            text = try UTF8Span(validating: raw)
        } catch {
            if isLenient { return try unescaped(raw, at: start) }
            throw JSONError(.invalidUTF8, at: start + error.byteOffsets.lowerBound, "invalid UTF-8")
        }
        guard escaped else { return String(copying: text) }
        return try unescaped(raw, at: start)
    }

    /// Finds the closing quote, and whether a backslash comes before it. Skips escapes without decoding them.
    private func closingQuote(_ input: borrowing Span<UInt8>) throws(JSONError) -> (end: Int, escaped: Bool) {
        var index = position
        var escaped = false
        while index < input.count {
            switch input[index] {
            case UInt8(ascii: "\""): return (index, escaped)
            case UInt8(ascii: "\\"):
                escaped = true
                index += 2
            case 0..<0x20 where !isLenient:
                throw JSONError(.controlCharacter, at: index, "unescaped control character in a string")
            default: index += 1
            }
        }
        throw ended(input)
    }

    /// Returns the text of a string with escapes.
    ///
    /// - Parameters:
    ///   - raw: the bytes between the quotes; a byte follows every backslash. Bytes that are not UTF-8, which only the lenient parser
    ///     accepts, become U+FFFD.
    ///   - offset: offset of `raw` in the input, for errors.
    private func unescaped(_ raw: borrowing Span<UInt8>, at offset: Int) throws(JSONError) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(raw.count)
        var index = 0
        while index < raw.count {
            let byte = raw[index]
            guard byte == UInt8(ascii: "\\") else {
                bytes.append(byte)
                index += 1
                continue
            }
            switch raw[index + 1] {
            case UInt8(ascii: "u"):
                let (scalar, length) = try unicodeEscape(raw, at: index, offset: offset)
                bytes.append(contentsOf: scalar.utf8)
                index += length
            case let escape:
                guard let plain = Self.plainEscape(escape) else {
                    throw JSONError(.invalidEscape, at: offset + index, "invalid escape sequence")
                }
                bytes.append(plain)
                index += 2
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func plainEscape(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): byte
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: nil
        }
    }

    /// Reads `\uXXXX`, or two of them that form a surrogate pair. A lone surrogate is an error; lenient: U+FFFD.
    ///
    /// - Returns: the scalar, and the number of bytes read (6 or 12).
    private func unicodeEscape(
        _ raw: borrowing Span<UInt8>, at index: Int, offset: Int
    ) throws(JSONError) -> (Unicode.Scalar, length: Int) {
        let first = try hexadecimal(raw, at: index, offset: offset)
        if let scalar = Unicode.Scalar(first) { return (scalar, 6) }
        let next = index + 6
        guard first < 0xDC00, next + 1 < raw.count, raw[next] == UInt8(ascii: "\\"), raw[next + 1] == UInt8(ascii: "u")
        else { return (try loneSurrogate(at: offset + index), 6) }
        let second = try hexadecimal(raw, at: next, offset: offset)
        guard (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (UInt32(first - 0xD800) << 10) + UInt32(second - 0xDC00))
        else { return (try loneSurrogate(at: offset + index), 6) }
        return (scalar, 12)
    }

    private func loneSurrogate(at offset: Int) throws(JSONError) -> Unicode.Scalar {
        guard isLenient else { throw JSONError(.invalidEscape, at: offset, "unpaired surrogate") }
        return "\u{FFFD}"
    }

    private func hexadecimal(
        _ raw: borrowing Span<UInt8>, at index: Int, offset: Int
    ) throws(JSONError) -> UInt16 {
        guard index + 6 <= raw.count else {
            throw JSONError(.invalidEscape, at: offset + index, "\\u must be followed by four hexadecimal digits")
        }
        var value: UInt16 = 0
        for digitIndex in (index + 2)..<(index + 6) {
            let digit: UInt8
            switch raw[digitIndex] {
            case let byte where byte >= 0x30 && byte <= 0x39: digit = byte - 0x30
            case let byte where byte >= 0x41 && byte <= 0x46: digit = byte - 0x41 + 10
            case let byte where byte >= 0x61 && byte <= 0x66: digit = byte - 0x61 + 10
            default: throw JSONError(.invalidEscape, at: offset + index, "\\u must be followed by four hexadecimal digits")
            }
            value = value << 4 | UInt16(digit)
        }
        return value
    }
}
