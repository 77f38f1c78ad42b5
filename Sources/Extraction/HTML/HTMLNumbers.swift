/// The numbers in the attributes of a list, an item or a cell, which the sieve passes to the text builder as one attribute.
struct HTMLNumbers: Equatable {
    enum Style: UInt8 {
        case decimal = 0x31  // 1
        case lowerLetter = 0x61  // a
        case upperLetter = 0x41  // A
        case lowerRoman = 0x69  // i
        case upperRoman = 0x49  // I
    }

    /// The first number of a list, the number of an item, or the columns of a cell.
    var first: Int
    /// The step of a list, 1 or −1; the rows of a cell.
    var second = 0
    var style = Style.decimal

    init(first: Int, second: Int, style: Style = .decimal) { (self.first, self.second, self.style) = (first, second, style) }

    var attribute: String { "\(first) \(second) \(Character(Unicode.Scalar(style.rawValue)))" }

    init?(attribute: String) {
        let parts = attribute.split(separator: " ")
        guard parts.count == 3, let first = Int(parts[0]), let second = Int(parts[1]), let style = parts[2].utf8.first.flatMap(Style.init)
        else { return nil }
        self.init(first: first, second: second, style: style)
    }

    /// Returns a number as the list shows it. Numbers that letters or Roman numerals cannot express are decimal.
    static func text(_ number: Int, _ style: Style) -> String {
        switch style {
        case .lowerLetter where number > 0: letters(number)
        case .upperLetter where number > 0: letters(number).uppercased()
        case .lowerRoman where (1..<4000).contains(number): roman(number)
        case .upperRoman where (1..<4000).contains(number): roman(number).uppercased()
        default: String(number)
        }
    }

    /// Returns "a" to "z", then "aa".
    private static func letters(_ number: Int) -> String {
        var (rest, letters) = (number, "")
        while rest > 0 {
            let letter = Unicode.Scalar(UInt8(ascii: "a") + UInt8((rest - 1) % 26))
            letters = String(Character(letter)) + letters
            rest = (rest - 1) / 26
        }
        return letters
    }

    private static let numerals: [(value: Int, text: String)] = [
        (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"),
        (4, "iv"), (1, "i"),
    ]

    private static func roman(_ number: Int) -> String {
        var rest = number
        return numerals.reduce(into: "") { text, numeral in
            while rest >= numeral.value {
                text += numeral.text
                rest -= numeral.value
            }
        }
    }
}
