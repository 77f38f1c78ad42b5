internal import Foundation

/// The character classes that the reference tokenizer distinguishes.
///
/// Its general categories are those of Unicode 8: a mark or punctuation character that is newer counts as neither. Its
/// decompositions and combining classes are those of Unicode 9. Its lower-case mappings and white space follow the
/// current version.
///
/// - Source: `BertNormalizer` and `BertPreTokenizer` of huggingface/tokenizers; categories by the crate
///   `unicode_categories` 0.1. `Tests/Fixtures/bert-normalizer.tsv` contains their results for every character.
enum BertUnicode {
    /// Returns whether clean-up removes the character: controls, format characters, private use, U+FFFD. (Tab, line feed and
    /// carriage return are white space here; U+0085 is not.)
    static func isRemoved(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A, 0x0D: return false
        case 0, 0xFFFD: return true
        default: break
        }
        switch scalar.properties.generalCategory {
        case .control, .privateUse: return true
        case .format: return isKnown(scalar, to: 8)
        default: return false
        }
    }

    static func isWhitespace(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isWhitespace }

    /// Returns whether the character is punctuation, which is a word of its own.
    static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: return true
        case 0x00...0x7F: return false
        // Canadian syllabics chi sign and Sharada sandhi mark: punctuation until Unicode 12 and 11.
        case 0x166D, 0x111C9: return true
        default: break
        }
        switch scalar.properties.generalCategory {
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
            .finalPunctuation, .otherPunctuation:
            return isKnown(scalar, to: 8)
        default: return false
        }
    }

    /// Returns whether the character is Chinese, to be set between spaces. One bound repeats the reference's error for U+2B820.
    static func isChinese(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F, 0x2B740...0x2B81F,
            0x2B920...0x2CEAF, 0xF900...0xFAFF, 0x2F800...0x2FA1F:
            return true
        default: return false
        }
    }

    /// Returns whether the character is a nonspacing mark, which accent stripping removes after decomposition.
    static func isAccent(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        // Hanunoo pamudpod and Ahom medial RA: nonspacing until Unicode 14 and 16.
        case 0x1734, 0x1171E: return true
        // Sharada sandhi mark, two Mongolian letters, a Javanese consonant sign: nonspacing since Unicode 9 or later.
        case 0x111C9, 0x1885, 0x1886, 0xA9BD: return false
        default: return scalar.properties.generalCategory == .nonspacingMark && isKnown(scalar, to: 8)
        }
    }

    /// Returns the full canonical decomposition of one character; the caller orders the combining marks of several.
    static func decomposition(_ scalar: Unicode.Scalar) -> [Unicode.Scalar] {
        hasDecomposition(scalar.value) && isKnown(scalar, to: 9)
            ? Array(String(scalar).decomposedStringWithCanonicalMapping.unicodeScalars) : [scalar]
    }

    /// Returns the canonical combining class: 0 for a character that keeps its place, otherwise the sort key of successive marks.
    static func combiningClass(_ scalar: Unicode.Scalar) -> UInt8 {
        let value = scalar.properties.canonicalCombiningClass.rawValue
        return value == 0 || isKnown(scalar, to: 9) ? value : 0
    }

    /// Returns whether a character may have a canonical decomposition; excludes large blocks that have none.
    private static func hasDecomposition(_ value: UInt32) -> Bool {
        switch value {
        case 0..<0xC0, 0x3400..<0xAC00, 0xD7A4..<0xF900, 0x12000..<0x16000, 0x17000..<0x1D100, 0x1D200..<0x2F800,
            0x2FA20...:
            return false
        default: return true
        }
    }

    private static func isKnown(_ scalar: Unicode.Scalar, to version: Int) -> Bool {
        guard let age = scalar.properties.age else { return false }
        return age.major <= version
    }
}
