/// Conversion of a text file to UTF-8.
enum TextDecoder {
    /// The declared encodings of a document. The transport's declaration takes precedence over the one inside the file.
    struct Declaration {
        var transport: CharsetLabel?
        var inside: CharsetLabel?
    }

    /// Decodes a text file. Precedence: byte order mark; UTF-16 declared by the transport, or detected from NULs; valid UTF-8,
    /// which other encodings do not form by chance; the declaration; byte statistics.
    ///
    /// - Returns: UTF-8 with `\n` newlines, without byte order mark and NUL.
    /// - Throws: `.undecodable`.
    static func decode(_ bytes: [UInt8], _ declared: Declaration) throws(ExtractError) -> [UInt8] {
        let utf8 = normalisingNewlines(try decodeKeepingNewlines(bytes, declared))
        guard EncodingGuess.isPlausible(utf8) else {
            throw ExtractError(.undecodable, "the file is binary data, not text")
        }
        return utf8
    }

    private static func decodeKeepingNewlines(
        _ bytes: [UInt8], _ declared: Declaration
    ) throws(ExtractError) -> [UInt8] {
        if let marked = try decodeByMark(bytes) { return marked }
        if case .utf16 = declared.transport, !bytes.count.isMultiple(of: 2) {
            throw ExtractError(.undecodable, "the text is declared as UTF-16, but has an odd number of bytes: \(bytes.count)")
        }
        if case .utf16(let endianness) = declared.transport,
            let utf8 = UTF16Text.utf8(bytes[...], endianness ?? .little), EncodingGuess.isPlausible(utf8)
        {
            return utf8
        }
        if bytes.contains(0) { return try decodeUnmarkedUTF16(bytes) }
        if String(validating: bytes, as: UTF8.self) != nil {
            return try shifted(bytes, declared) ?? bytes
        }
        if case .other(let charset) = declared.transport ?? declared.inside {
            guard let utf8 = charset.utf8(bytes[...]) else {
                throw ExtractError(.undecodable, "the text contains bytes that are not of the declared encoding")
            }
            return utf8
        }
        // A page may have been converted to another encoding than the one it declares.
        let isUTF8 = EncodingGuess.brokenUTF8(bytes) != nil || EncodingGuess.cutUTF8(bytes) != nil
        if declared.transport == nil, !isUTF8, !EncodingGuess.looksWestern(bytes), let utf8 = CharsetGuess.charset(bytes)?.utf8(bytes[...])
        {
            return utf8
        }
        return try decodeSingleByte(bytes, declared.transport ?? declared.inside)
    }

    /// Decodes ISO-2022, whose bytes are those of ASCII; returns `nil` for other text.
    private static func shifted(_ bytes: [UInt8], _ declared: Declaration) throws(ExtractError) -> [UInt8]? {
        guard EncodingGuess.hasISO2022Shift(bytes) else { return nil }
        var charset = Charset.iso2022JP
        if case .other(let label) = declared.transport ?? declared.inside, label == .iso2022KR { charset = label }
        guard let utf8 = charset.utf8(bytes[...]) else { throw unsupportedEncoding }
        return utf8
    }

    /// Decodes a file with a byte order mark; returns `nil` if it has none.
    private static func decodeByMark(_ bytes: [UInt8]) throws(ExtractError) -> [UInt8]? {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            let body = Array(bytes.dropFirst(3))
            guard String(validating: body, as: UTF8.self) != nil else { throw invalidUTF8(body, offset: 3) }
            return body
        }
        if bytes.starts(with: [0xFF, 0xFE, 0, 0]) || bytes.starts(with: [0, 0, 0xFE, 0xFF]) {
            throw ExtractError(.undecodable, "UTF-32 is not supported; use UTF-8")
        }
        guard EncodingGuess.hasUTF16Mark(bytes) else { return nil }
        guard let utf8 = UTF16Text.utf8(bytes.dropFirst(2), bytes[0] == 0xFF ? .little : .big) else {
            throw ExtractError(.undecodable, "the file has a UTF-16 byte order mark, but is not valid UTF-16")
        }
        return utf8
    }

    private static func decodeUnmarkedUTF16(_ bytes: [UInt8]) throws(ExtractError) -> [UInt8] {
        guard let endianness = EncodingGuess.utf16(bytes), let utf8 = UTF16Text.utf8(bytes[...], endianness) else {
            throw ExtractError(.undecodable, "the file contains NUL bytes: it is binary data, not text")
        }
        return utf8
    }

    /// Decodes bytes that are neither UTF-8 nor UTF-16.
    ///
    /// UTF-8 text truncated inside its last character is rejected, because the rest of that character would decode as other letters
    /// in a single-byte encoding. Text whose only non-ASCII letter is the last one must therefore declare a single-byte encoding.
    private static func decodeSingleByte(
        _ bytes: [UInt8], _ label: CharsetLabel?
    ) throws(ExtractError) -> [UInt8] {
        if label == nil || label == .utf8, let place = EncodingGuess.cutUTF8(bytes) {
            throw ExtractError(
                .undecodable,
                "the text is truncated in a UTF-8 character at byte \(place); send all of it, or declare its charset if it is not UTF-8")
        }
        if let fault = EncodingGuess.brokenUTF8(bytes) {
            throw ExtractError(.undecodable, "the text is not valid UTF-8 at byte \(fault)")
        }
        switch label {
        case .utf8: throw invalidUTF8(bytes, offset: 0)
        case .utf16: throw ExtractError(.undecodable, "the text is declared as UTF-16, but is not valid UTF-16")
        case .unsupported, .other: throw unsupportedEncoding
        case .windows1252:
            guard let utf8 = Windows1252.utf8(bytes) else {
                throw ExtractError(.undecodable, "the text is declared as windows-1252, but contains undefined bytes")
            }
            return utf8
        case nil:
            guard EncodingGuess.looksWestern(bytes), let utf8 = Windows1252.utf8(bytes) else {
                throw unsupportedEncoding
            }
            return utf8
        }
    }

    private static let unsupportedEncoding = ExtractError(
        .undecodable, "the text's encoding is not recognised; use UTF-8, or declare its charset")

    private static func invalidUTF8(_ bytes: [UInt8], offset: Int) -> ExtractError {
        let place = EncodingGuess.brokenUTF8(bytes).map { " at byte \($0 + offset)" } ?? ""
        return ExtractError(.undecodable, "the text is declared as UTF-8, but is not valid UTF-8\(place)")
    }

    static func normalisingNewlines(_ utf8: [UInt8]) -> [UInt8] {
        guard let first = utf8.firstIndex(of: Ascii.carriageReturn) else { return utf8 }
        var result = Array(utf8[..<first])
        result.reserveCapacity(utf8.count)
        var previous: UInt8 = 0
        for byte in utf8[first...] {
            if byte == Ascii.carriageReturn {
                result.append(Ascii.newline)
            } else if !(byte == Ascii.newline && previous == Ascii.carriageReturn) {
                result.append(byte)
            }
            previous = byte
        }
        return result
    }
}
