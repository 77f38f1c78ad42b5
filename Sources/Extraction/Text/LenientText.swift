/// The conversion of text inside of other files, such as mail, where a wrong letter is better than no message.
package enum LenientText {
    /// Returns UTF-8 without byte order mark and NUL, with `\n` newlines. Bytes that cannot be decoded become U+FFFD.
    ///
    /// Valid UTF-8 precedes the declaration, as in `Extractor`, unless that is UTF-16 or has shift sequences.
    ///
    /// - Parameter label: the declared charset, such as `iso-8859-2`.
    package static func utf8(_ bytes: [UInt8], label: String?) -> [UInt8] { utf8(bytes, label.map(CharsetLabel.init)) }

    /// - Parameter codePage: the number that Microsoft gives the encoding, such as 1252.
    package static func utf8(_ bytes: [UInt8], codePage: Int) -> [UInt8] {
        switch codePage {
        case 65001: utf8(bytes, .utf8)
        case 1200: utf8(bytes, .utf16(.little))
        case 1252, 28591, 20127: utf8(bytes, .windows1252)
        default: utf8(bytes, Charset(codePage: codePage).map(CharsetLabel.other))
        }
    }

    /// Returns UTF-8 for bytes that are certainly of this code page, even if they could be UTF-8.
    package static func utf8(_ bytes: [UInt8], exactCodePage codePage: Int) -> [UInt8] {
        if let charset = Charset(codePage: codePage) { return charset.utf8Replacing(bytes[...]) }
        return codePage == 65001 ? replacing(bytes[...]) : western(bytes)
    }

    private static func utf8(_ bytes: [UInt8], _ label: CharsetLabel?) -> [UInt8] {
        var text = TextDecoder.normalisingNewlines(decoded(bytes, label))
        if text.contains(0) { text.removeAll { $0 == 0 } }
        return text
    }

    private static func decoded(_ bytes: [UInt8], _ label: CharsetLabel?) -> [UInt8] {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return replacing(bytes.dropFirst(3)) }
        if EncodingGuess.hasUTF16Mark(bytes) { return utf16(bytes.dropFirst(2), bytes[0] == 0xFF ? .little : .big) }
        if case .utf16(let endianness) = label { return utf16(bytes[...], endianness ?? .little) }
        if case .other(let charset) = label, charset == .iso2022JP || charset == .iso2022KR { return charset.utf8Replacing(bytes[...]) }
        if String(validating: bytes, as: UTF8.self) != nil {
            return EncodingGuess.hasISO2022Shift(bytes) ? Charset.iso2022JP.utf8Replacing(bytes[...]) : bytes
        }
        switch label {
        case .other(let charset): return charset.utf8Replacing(bytes[...])
        case .windows1252: return western(bytes)
        default:
            if EncodingGuess.brokenUTF8(bytes) != nil || EncodingGuess.cutUTF8(bytes) != nil { return replacing(bytes[...]) }
            return CharsetGuess.charset(bytes)?.utf8Replacing(bytes[...]) ?? western(bytes)
        }
    }

    private static func replacing(_ bytes: ArraySlice<UInt8>) -> [UInt8] { Array(String(decoding: bytes, as: UTF8.self).utf8) }

    private static func utf16(_ bytes: ArraySlice<UInt8>, _ endianness: CharsetLabel.Endianness) -> [UInt8] {
        let units = stride(from: bytes.startIndex, to: bytes.endIndex - 1, by: 2).map { i in
            endianness == .little ? UInt16(bytes[i]) | UInt16(bytes[i + 1]) << 8 : UInt16(bytes[i]) << 8 | UInt16(bytes[i + 1])
        }
        return Array(String(decoding: units, as: UTF16.self).utf8)
    }

    private static func western(_ bytes: [UInt8]) -> [UInt8] {
        var utf8: [UInt8] = []
        utf8.reserveCapacity(bytes.count + bytes.count / 8)
        for byte in bytes {
            if byte < 0x80 {
                utf8.append(byte)
            } else {
                utf8.append(contentsOf: Windows1252.scalar(byte).flatMap(UTF8.encode) ?? UTF8.encodedReplacementCharacter)
            }
        }
        return utf8
    }
}
