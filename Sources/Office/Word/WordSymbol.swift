/// Characters of symbol fonts, which documents address by their place in the font.
enum WordSymbol {
    /// - Parameters:
    ///   - code: the place in hexadecimal; fonts of symbols use F000 to F0FF.
    /// - Returns: the character as text; empty if it is not known.
    static func text(font: String, code: String) -> String {
        guard let value = UInt32(code, radix: 16) else { return "" }
        guard (0xF000...0xF0FF).contains(value) || value < 0x100 else {
            return UnicodeScalar(value).map { (0xE000...0xF8FF).contains($0.value) ? "" : String($0) } ?? ""
        }
        let place = value & 0xFF
        switch font.lowercased() {
        case "symbol": return symbol(place)
        case let name where name.hasPrefix("wingdings"): return wingdings[place] ?? ""
        default: return place >= 0x20 && place < 0x7F ? String(UnicodeScalar(UInt8(place))) : place == 0xB7 ? "•" : ""
        }
    }

    private static func symbol(_ place: UInt32) -> String {
        if let sign = signs[place] { return sign }
        let letters: [Character] = Array("αβχδεφγηιϕκλμνοπθρστυϖωξψζ")
        let capitals: [Character] = Array("ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ")
        if (0x61...0x7A).contains(place) { return String(letters[Int(place - 0x61)]) }
        if (0x41...0x5A).contains(place) { return String(capitals[Int(place - 0x41)]) }
        return (0x20..<0x7F).contains(place) ? String(UnicodeScalar(UInt8(place))) : ""
    }

    private static let signs: [UInt32: String] = [
        0x22: "∀", 0x24: "∃", 0x27: "∋", 0x2A: "∗", 0x2D: "−", 0x40: "≅",
        0x5C: "∴", 0x5E: "⊥", 0x7E: "∼", 0xA2: "′", 0xA3: "≤", 0xA5: "∞",
        0xA7: "♣", 0xA8: "♦", 0xA9: "♥", 0xAA: "♠", 0xAB: "↔", 0xAC: "←",
        0xAD: "↑", 0xAE: "→", 0xAF: "↓", 0xB0: "°", 0xB1: "±", 0xB2: "″",
        0xB3: "≥", 0xB4: "×", 0xB5: "∝", 0xB6: "∂", 0xB7: "•", 0xB8: "÷",
        0xB9: "≠", 0xBA: "≡", 0xBB: "≈", 0xBC: "…", 0xC4: "⊗", 0xC5: "⊕",
        0xC6: "∅", 0xC7: "∩", 0xC8: "∪", 0xC9: "⊃", 0xCC: "⊂", 0xCE: "∈",
        0xCF: "∉", 0xD1: "∇", 0xD2: "®", 0xD3: "©", 0xD4: "™", 0xD5: "∏",
        0xD6: "√", 0xD7: "⋅", 0xD8: "¬", 0xD9: "∧", 0xDA: "∨", 0xDB: "⇔", 0xDE: "⇒", 0xE5: "∑", 0xF2: "∫",
    ]

    private static let wingdings: [UInt32: String] = [
        0x28: "☎", 0x2A: "✉", 0x4A: "☺", 0x6C: "●", 0x6E: "■", 0x6F: "□",
        0x71: "❑", 0x75: "◆", 0x76: "❖", 0x9F: "•", 0xA7: "▪", 0xA8: "☐",
        0xD8: "➢", 0xDF: "←", 0xE0: "→", 0xE1: "↑", 0xE2: "↓", 0xE8: "➔", 0xFB: "✗", 0xFC: "✓", 0xFD: "☒", 0xFE: "☑",
    ]
}
