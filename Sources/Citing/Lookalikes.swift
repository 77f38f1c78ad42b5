/// A mapping from characters to the ASCII characters that they look like, among those used in tags and marks.
///
/// An author of a document can use characters that a model reads like others: full-width forms, letters of other alphabets, circled
/// letters. The mapping undoes this: compatibility decomposition (that of NFKC), case folding, marks ignored, and the confusables of UTS
/// #39.
enum Lookalikes {
    /// A character's reading in one byte: an ASCII letter in lower case, where `l` becomes `i`, since the two look alike; any other visible
    /// ASCII character, a space or a line feed; one of the values below; or, from 128 on, a ligature of several letters.
    typealias Reading = UInt8

    /// A combining mark.
    static let mark: Reading = 1
    /// A letter that looks like no ASCII letter.
    static let otherLetter: Reading = 2
    /// Any other character, such as a symbol or a dash.
    static let other: Reading = 3

    static func reading(of scalar: Unicode.Scalar) -> Reading {
        if scalar.isASCII { return ascii[Int(scalar.value)] }
        if let reading = table.readings[scalar.value] { return reading }
        let properties = scalar.properties
        if properties.isWhitespace { return UInt8(ascii: " ") }
        switch properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: return mark
        default: return properties.isAlphabetic ? otherLetter : other
        }
    }

    static func isLetter(_ reading: Reading) -> Bool { (0x61...0x7A).contains(reading) || reading >= 0x80 }

    static func isDigit(_ reading: Reading) -> Bool { (0x30...0x39).contains(reading) }

    /// Returns the letters of a reading for which `isLetter` holds.
    static func letters(of reading: Reading) -> [UInt8] { reading < 0x80 ? [reading] : table.ligatures[Int(reading) - 0x80] }

    /// Returns the readings of a word's characters.
    static func word(_ text: String) -> [Reading] { text.unicodeScalars.map(reading) }

    private static let ascii: [Reading] = (0..<128).map { value in
        switch UInt8(value) {
        case 0x41...0x5A, 0x61...0x7A: canonical(UInt8(value))
        case 0x0A: 0x0A
        case 0x00...0x20: 0x20
        case let byte: byte
        }
    }

    private static func canonical(_ letter: UInt8) -> UInt8 {
        let lower = letter | 0x20
        return lower == UInt8(ascii: "l") ? UInt8(ascii: "i") : lower
    }

    private static let table: (readings: [UInt32: Reading], ligatures: [[UInt8]]) = {
        var readings: [UInt32: Reading] = [:]
        var ligatures: [[UInt8]] = []
        for list in LookalikeTable.text.split(separator: ",") {
            let fields = list.split(whereSeparator: \.isWhitespace)
            let text = fields[0].utf8.map { ascii[Int($0 & 0x7F)] }
            var reading = text[0]
            if text.count > 1 {
                if ligatures.last != text { ligatures.append(text) }
                guard ligatures.count <= 128 else { continue }
                reading = UInt8(0x80 + ligatures.count - 1)
            }
            for field in fields.dropFirst() {
                let bounds = field.split(separator: "-").compactMap { UInt32($0, radix: 16) }
                guard let first = bounds.first, let last = bounds.last, first <= last else { continue }
                for value in first...last { readings[value] = reading }
            }
        }
        return (readings, ligatures)
    }()
}
