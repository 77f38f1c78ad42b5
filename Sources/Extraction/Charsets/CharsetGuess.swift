/// A guess of the encoding of longer texts in one of the common encodings of Russian, Greek, Hebrew, Arabic, Thai, Japanese, Korean or
/// Chinese, by the letters that are frequent in each language.
enum CharsetGuess {
    /// Number of bytes outside ASCII below which nothing is guessed.
    private static let leastEvidence = 48
    private static let sampleBytes = 65_536

    private struct Language {
        let charsets: [Charset]
        /// Scalars that make up at least `share` of the text outside ASCII.
        let frequent: Set<UInt32>
        let share: Double
        /// Scalars that make up at most a twentieth.
        var rare: Set<UInt32> = []
        /// Scalars that make up at least a fiftieth, if there are any.
        var needed: Set<UInt32> = []
        /// Scalars that make up nearly all of it.
        let script: [ClosedRange<UInt32>]
    }

    /// Returns the encoding, or `nil` in doubt.
    static func charset(_ bytes: [UInt8]) -> Charset? {
        let sample = sample(bytes)
        guard sample.count(where: { $0 >= 0x80 }) >= leastEvidence else { return nil }
        var best: (charset: Charset, share: Double)?
        for language in languages {
            for charset in language.charsets {
                guard let text = charset.utf8(sample), let share = share(text, language), share > best?.share ?? 0 else { continue }
                best = (charset, share)
            }
        }
        return best?.charset
    }

    /// A sample ends at a line, so that no sequence is cut.
    private static func sample(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
        guard bytes.count > sampleBytes else { return bytes[...] }
        let sample = bytes.prefix(sampleBytes)
        return sample.lastIndex(of: Ascii.newline).map { sample[...$0] } ?? sample
    }

    /// Returns by how much the frequent letters exceed what the language needs; `nil` if the text is not of it.
    private static func share(_ utf8: [UInt8], _ language: Language) -> Double? {
        var (letters, frequent, rare, needed, foreign) = (0, 0, 0, 0, 0)
        for scalar in String(decoding: utf8, as: UTF8.self).unicodeScalars where scalar.value >= 0x80 {
            if language.script.contains(where: { $0.contains(scalar.value) }) { letters += 1 } else { foreign += 1 }
            if language.frequent.contains(scalar.value) { frequent += 1 }
            if language.rare.contains(scalar.value) { rare += 1 }
            if language.needed.contains(scalar.value) { needed += 1 }
        }
        guard letters > 0, foreign * 8 <= letters, rare * 20 <= letters, language.needed.isEmpty || needed * 50 >= letters else {
            return nil
        }
        let share = Double(frequent) / Double(letters)
        return share >= language.share ? share / language.share : nil
    }

    private static func scalars(_ text: String) -> Set<UInt32> { Set(text.unicodeScalars.map(\.value)) }

    private static let punctuation: ClosedRange<UInt32> = 0x3000...0x303F

    private static let dashes: ClosedRange<UInt32> = 0x2013...0x2026
    private static let marks: ClosedRange<UInt32> = 0xA0...0xBB
    private static let wide: ClosedRange<UInt32> = 0xFF01...0xFF5E
    private static let ideographs: ClosedRange<UInt32> = 0x4E00...0x9FFF

    private static let languages = [
        Language(
            charsets: [.windows1251, .koi8r, .cp866, .iso5], frequent: scalars("оеаинтсрвлкм"),
            share: 0.6, rare: scalars("щъэфЪЬЫ"),
            script: [0x400...0x45F, marks, dashes, 0x2116...0x2116]),
        // Without accents, the bytes are those of Hebrew.
        Language(
            charsets: [.windows1253], frequent: scalars("αοιετσνηυρπκ"),
            share: 0.55, needed: scalars("άέήίόύώ"),
            script: [0x384...0x3CE, marks, dashes]),
        Language(
            charsets: [.windows1255], frequent: scalars("יוהלאתרבמש"),
            share: 0.6, script: [0x5B0...0x5F4, marks, dashes]),
        Language(
            charsets: [.windows1256], frequent: scalars("اليمنوترهةعب"),
            share: 0.6, script: [0x60C...0x652, marks, dashes]),
        Language(
            charsets: [.windows874], frequent: scalars("านรอกเงมยลวดท"),
            share: 0.45, script: [0xE01...0xE5B, dashes]),
        Language(
            charsets: [.shiftJIS, .eucJP],
            frequent: scalars("のにをはたてがとでしいるなりかもさっれすんスントイーリル、。"),
            share: 0.3,
            script: [punctuation, 0x3040...0x30FF, ideographs, wide]),
        Language(
            charsets: [.korean],
            frequent: scalars("이다는에의가을고하지로도한은사기를어인자리시과아그나대부해정수스일서들"),
            share: 0.35, script: [punctuation, 0xAC00...0xD7A3, wide]),
        Language(
            charsets: [.gb18030],
            frequent: scalars("的一是不了在人有我他这中大来上个国到说们为和地出时要就，。"),
            share: 0.12,
            script: [punctuation, ideographs, wide, dashes]),
        Language(
            charsets: [.big5],
            frequent: scalars("的一是不了在人有我他這中大來上個國到說們為和地出時要就，。"),
            share: 0.12,
            script: [punctuation, ideographs, wide, dashes]),
    ]
}
