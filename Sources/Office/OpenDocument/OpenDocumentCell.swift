import Extraction

/// The value of a cell, beside the text that shows it.
struct OpenDocumentValue {
    private let type: String?
    private let number: Double?

    init(_ attributes: XMLAttributes) {
        type = attributes["office:value-type"]
        number = attributes["office:value"].flatMap { Double($0) }
    }

    /// Whether the cell has text, and not a number, date or truth value.
    var isText: Bool { type == nil || type == "string" }

    /// Returns the text of the cell. A number is shown with its digits, but without separators of thousands.
    func text(shownAs shown: String) -> String {
        guard type == "float", let number, number.isFinite, abs(number) >= 1_000 || shown.isEmpty else { return shown }
        if shown.isEmpty { return NumberText.general(number) }
        guard shown.allSatisfy({ $0.isNumber || " .,'’-−\u{A0}\u{202F}".contains($0) }) else { return shown }
        if number == number.rounded(), abs(number) < 1e15, !Self.hasDecimals(shown) { return String(Int(number)) }
        guard let separator = shown.lastIndex(where: { $0 == "." || $0 == "," }) else { return shown }
        return NumberText.fixed(number, decimals: shown[shown.index(after: separator)...].count)
    }

    /// Returns whether the last separator begins decimals: three digits after it may also be thousands.
    private static func hasDecimals(_ shown: String) -> Bool {
        guard let separator = shown.lastIndex(where: { $0 == "." || $0 == "," }) else { return false }
        return shown[shown.index(after: separator)...].count != 3
    }
}
