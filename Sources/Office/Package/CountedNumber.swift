/// Numbers of list items and notes as documents show them.
enum CountedNumber {
    /// - Parameter format: a name of Office Open XML, such as `lowerRoman`; unknown ones are shown as decimals.
    static func text(_ number: Int, format: String) -> String {
        switch format {
        case "lowerLetter": letters(number).lowercased()
        case "upperLetter": letters(number)
        case "lowerRoman": roman(number).lowercased()
        case "upperRoman": roman(number)
        case "decimalZero": number < 10 && number >= 0 ? "0\(number)" : "\(number)"
        case "ordinal": "\(number)\(ordinalSuffix(number))"
        default: "\(number)"
        }
    }

    /// A to Z, then AA to ZZ, and so on, as Word counts.
    private static func letters(_ number: Int) -> String {
        guard (1...780).contains(number) else { return "\(number)" }
        let letter = UnicodeScalar(UInt8(ascii: "A") + UInt8((number - 1) % 26))
        return String(repeating: String(Character(letter)), count: (number - 1) / 26 + 1)
    }

    private static func roman(_ number: Int) -> String {
        guard (1...3999).contains(number) else { return "\(number)" }
        var rest = number
        var text = ""
        for (value, numeral) in numerals { while rest >= value { (text, rest) = (text + numeral, rest - value) } }
        return text
    }

    private static let numerals = [
        (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"),
        (4, "IV"), (1, "I"),
    ]

    private static func ordinalSuffix(_ number: Int) -> String {
        switch (number % 10, number % 100) {
        case (_, 11...13): "th"
        case (1, _): "st"
        case (2, _): "nd"
        case (3, _): "rd"
        default: "th"
        }
    }
}
