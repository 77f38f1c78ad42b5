internal import ByteText
internal import Foundation

/// Normalisation of words for comparison: lower case, no accents, compatibility forms unified ("Ｃａｆé" becomes "cafe").
enum Folding {
    /// - Parameter bytes: ASCII.
    static func ascii(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        bytes.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
    }

    /// - Parameter bytes: UTF-8.
    static func word(_ bytes: ArraySlice<UInt8>) -> [UInt8] { bytes.allSatisfy { $0 < 0x80 } ? ascii(bytes) : unicode(bytes) }

    /// Also removes invisible characters and the Arabic elongation mark, and converts the digits of all scripts to ASCII.
    ///
    /// - Parameter bytes: UTF-8.
    static func unicode(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var folded = ""
        for scalar in String(decoding: bytes, as: UTF8.self).streamSafe().decomposedStringWithCompatibilityMapping.unicodeScalars {
            if isAccent(scalar) || scalar.isInvisible || scalar == tatweel { continue }
            if let digit = scalar.decimalDigit {
                folded.unicodeScalars.append(digit)
                continue
            }
            for lower in scalar.properties.lowercaseMapping.unicodeScalars where !isAccent(lower) {
                if let plain = plain(lower) {
                    folded += plain
                } else if lower.isWordConstituent || "_'.\u{2044}".unicodeScalars.contains(lower) {
                    folded.unicodeScalars.append(lower)
                }
            }
        }
        return Array(folded.utf8)
    }

    /// The Arabic elongation mark, which justifies lines.
    private static let tatweel: Unicode.Scalar = "\u{640}"

    /// Whether the scalar is a mark that users omit in queries: Latin, Greek and Cyrillic accents, Hebrew and Arabic points.
    /// Vowel signs of Indic scripts are marks too, but are part of the spelling.
    private static func isAccent(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0300...0x036F, 0x0591...0x05BD, 0x05BF, 0x05C1...0x05C2, 0x05C4...0x05C5, 0x05C7, 0x0610...0x061A,
            0x064B...0x065F, 0x0670, 0x1AB0...0x1AFF, 0x1DC0...0x1DFF, 0x20D0...0x20FF, 0xFE20...0xFE2F:
            true
        default: false
        }
    }

    /// Returns the usual plain spelling of a letter with a stroke or ligature that does not decompose; `nil` for others.
    private static func plain(_ scalar: Unicode.Scalar) -> String? {
        switch scalar {
        case _ where scalar.isApostrophe: "'"
        case "ß": "ss"
        case "æ": "ae"
        case "œ": "oe"
        case "ø": "o"
        case "ł": "l"
        case "đ", "ð": "d"
        case "þ": "th"
        case "ı": "i"
        case "ħ": "h"
        case "ς": "σ"
        default: nil
        }
    }
}
