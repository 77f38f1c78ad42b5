import Extraction

/// The text of a header field, with its encoded words decoded.
///
/// Words of one encoding that follow each other are decoded together, because some programs cut in the middle of a letter.
///
/// - Source: RFC 2047; RFC 6532 for fields in UTF-8.
enum HeaderText {
    /// Returns the text in one line, without white space at its ends.
    static func decoded(_ value: [UInt8]) -> String {
        guard value.contains(Ascii.equals) else { return OneLine.text(LenientText.utf8(value, label: nil)) }
        var text: [UInt8] = []
        var plain: [UInt8] = []
        var open: (charset: String, bytes: [UInt8])?
        func close() {
            if let word = open { text += LenientText.utf8(word.bytes, label: word.charset) }
            open = nil
        }
        var i = 0
        while i < value.count {
            guard value[i] == Ascii.equals, let word = EncodedWord(value[i...]) else {
                plain.append(value[i])
                i += 1
                continue
            }
            // White space between two encoded words is not part of the text.
            if !plain.allSatisfy(Ascii.isWhite) || open == nil {
                close()
                text += LenientText.utf8(plain, label: nil)
            }
            plain = []
            if open?.charset != word.charset {
                close()
                open = (word.charset, [])
            }
            open?.bytes += word.bytes
            i = word.end
        }
        close()
        return OneLine.text(text + LenientText.utf8(plain, label: nil))
    }
}

extension OneLine {
    /// Returns UTF-8 text of a header as one line.
    fileprivate static func text(_ utf8: [UInt8]) -> String { text(utf8, maxScalars: 20_000) }
}

/// An encoded word: `=?charset?B?base64?=` or `=?charset?Q?quoted-printable?=`.
private struct EncodedWord {
    let charset: String
    let bytes: [UInt8]
    /// The offset after the word.
    let end: Int

    /// Maximum length of a word, in bytes. The standard allows 75; some programs write a whole field as one.
    private static let maximumBytes = 8192

    init?(_ text: ArraySlice<UInt8>) {
        let text = text.prefix(Self.maximumBytes)
        guard text.dropFirst().first == Ascii.question else { return nil }
        let label = text.dropFirst(2).prefix(while: { Self.isCharset($0) })
        let afterLabel = text[label.endIndex...]
        guard !label.isEmpty, afterLabel.first == Ascii.question, let kind = afterLabel.dropFirst().first,
            afterLabel.dropFirst(2).first == Ascii.question
        else { return nil }
        let start = label.endIndex + 3
        guard start <= text.endIndex, let close = Self.close(text[start...]) else { return nil }
        switch Ascii.lowercased(kind) {
        case UInt8(ascii: "b"): bytes = TransferCoding.base64(text[start..<close])
        case UInt8(ascii: "q"): bytes = TransferCoding.quotedWord(text[start..<close])
        default: return nil
        }
        // A language may follow the charset: `utf-8*en`.
        charset = String(decoding: label.prefix { $0 != Ascii.asterisk }.map(Ascii.lowercased), as: UTF8.self)
        end = close + 2
    }

    private static func isCharset(_ byte: UInt8) -> Bool {
        Ascii.isLetter(byte) || Ascii.isDigit(byte)
            || [Ascii.hyphen, Ascii.underscore, Ascii.period, Ascii.colon, Ascii.asterisk, Ascii.plus].contains(byte)
    }

    /// Returns the offset of `?=`, unless another word begins before: so the words of a field are searched once each.
    private static func close(_ text: ArraySlice<UInt8>) -> Int? {
        var i = text.startIndex
        while let question = text[i...].firstIndex(of: Ascii.question) {
            if question + 1 < text.endIndex, text[question + 1] == Ascii.equals { return question }
            if question > text.startIndex, text[question - 1] == Ascii.equals { return nil }
            i = question + 1
        }
        return nil
    }
}
