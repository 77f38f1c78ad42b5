/// A number format of a cell, such as `#,##0.00;[Red]-0` or `yyyy-mm-dd`.
///
/// Numbers are shown without separators of thousands: a search for a number finds it in the form in which it is usually typed.
struct NumberFormat {
    private let sections: [NumberFormatSection]
    private let is1904: Bool

    static let general = NumberFormat("General")

    /// - Parameter is1904: whether days are counted from 1904.
    init(_ code: String, is1904: Bool = false) {
        sections = NumberFormatSection.sections(code)
        self.is1904 = is1904
    }

    /// - Parameter id: the id of a built-in format; those that depend on the reader's language are shown as ISO 8601 has them.
    init?(builtIn id: Int, is1904: Bool) {
        guard let code = Self.builtIn[id] else { return nil }
        self.init(code, is1904: is1904)
    }

    /// Whether the format shows any number as an unformatted cell does.
    var isGeneral: Bool { sections.count == 1 && sections[0].kind == .general && sections[0].hasOnlyValue }

    /// Returns a number as the cell shows it.
    func text(_ value: Double) -> String {
        guard value.isFinite else { return "" }
        let (section, shown) = choice(value)
        switch section.kind {
        case .general: return section.general(shown)
        case .date: return DateFormatting.text(value, section.tokens, is1904: is1904) ?? NumberText.general(value)
        case .number:
            let text = section.number(shown)
            // Accounting formats show a dash for zero.
            if value == 0, !text.contains(where: { $0.isLetter || $0.isNumber }), !text.allSatisfy(\.isWhitespace) { return "0" }
            return text
        case .text: return NumberText.general(value)
        }
    }

    /// Returns a text as the cell shows it.
    func text(_ text: String) -> String {
        guard sections.count >= 4 || sections.count == 1 && sections[0].kind == .text, let section = sections.last, section.kind == .text
        else { return text }
        return section.text(text)
    }

    /// Returns the section for a value, and what it shows of it: sections for negative numbers bring their own sign.
    private func choice(_ value: Double) -> (NumberFormatSection, Double) {
        if sections.contains(where: { $0.condition != nil }) {
            for section in sections where section.condition?.holds(value) ?? true { return (section, value) }
            return (sections[0], value)
        }
        let numeric = sections.prefix(3)
        if value < 0, numeric.count > 1 { return (sections[1], -value) }
        if value == 0, numeric.count > 2 { return (sections[2], value) }
        return (sections[0], value)
    }

    private static let builtIn: [Int: String] = [
        0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 5: "$#,##0;-$#,##0", 6: "$#,##0;-$#,##0", 7: "$#,##0.00;-$#,##0.00",
        8: "$#,##0.00;-$#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??", 14: "yyyy-mm-dd", 15: "d-mmm-yy",
        16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss", 22: "yyyy-mm-dd h:mm",
        27: "yyyy-mm-dd", 28: "yyyy-mm-dd", 29: "yyyy-mm-dd", 30: "yyyy-mm-dd", 31: "yyyy-mm-dd", 32: "h:mm", 33: "h:mm:ss", 34: "h:mm",
        35: "h:mm:ss", 36: "yyyy-mm-dd", 37: "#,##0;(#,##0)", 38: "#,##0;(#,##0)", 39: "#,##0.00;(#,##0.00)", 40: "#,##0.00;(#,##0.00)",
        41: "#,##0;(#,##0);\"-\"", 42: "$#,##0;$(#,##0);$\"-\"", 43: "#,##0.00;(#,##0.00);\"-\"", 44: "$#,##0.00;$(#,##0.00);$\"-\"",
        45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0", 48: "##0.0E+0", 49: "@", 50: "yyyy-mm-dd", 51: "yyyy-mm-dd", 52: "yyyy-mm-dd",
        53: "yyyy-mm-dd", 54: "yyyy-mm-dd", 55: "h:mm", 56: "h:mm:ss", 57: "yyyy-mm-dd", 58: "yyyy-mm-dd",
    ]
}
