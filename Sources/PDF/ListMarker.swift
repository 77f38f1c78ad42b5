/// The bullet or number at the start of a line.
struct ListMarker {
    let marker: String
    let item: String
    let isNumber: Bool

    init?(_ text: String) {
        let scalars = text.unicodeScalars
        guard let first = scalars.first else { return nil }
        if Self.bullets.contains(first.value) {
            let rest = scalars.dropFirst()
            // A dash joins its word if it is no bullet; other bullets may touch the item.
            guard rest.first == " " || !Self.dashes.contains(first.value) else { return nil }
            let item = String(String.UnicodeScalarView(rest)).trimmed
            guard !item.isEmpty else { return nil }
            (marker, self.item, isNumber) = (String(first), item, false)
            return
        }
        let head = scalars.prefix { $0 != " " }
        guard head.count <= 5, head.count < scalars.count, let end = head.last, end == "." || end == ")" else { return nil }
        let body = head.dropLast().drop { $0 == "(" }
        let isNumber = !body.isEmpty && body.allSatisfy { $0.value >= 0x30 && $0.value <= 0x39 }
        let isLetter = body.count == 1 && body.allSatisfy { ("a"..."z").contains($0) } && end == ")"
        let isRoman = !body.isEmpty && body.allSatisfy { "ivx".unicodeScalars.contains($0) }
        guard isNumber || isLetter || isRoman else { return nil }
        let item = String(String.UnicodeScalarView(scalars.dropFirst(head.count))).trimmed
        guard !item.isEmpty else { return nil }
        (marker, self.item, self.isNumber) = (String(String.UnicodeScalarView(head)), item, true)
    }

    private static let dashes: Set<UInt32> = [0x2D, 0x2013, 0x2014, 0x2A, 0x2212]

    private static let bullets: Set<UInt32> = dashes.union([
        0x2022, 0x2023, 0x2043, 0x2219, 0x25A0, 0x25A1, 0x25AA, 0x25AB, 0x25B6, 0x25BA, 0x25CB, 0x25CF, 0x25E6, 0x2713, 0x2714, 0x27A2,
        0x00B7,
        0xF0B7, 0xF0A7, 0x2794, 0x2756,
    ])
}

extension String {
    /// Without spaces at the ends.
    var trimmed: String {
        var view = unicodeScalars[...]
        while view.first?.isBlank == true { view.removeFirst() }
        while view.last?.isBlank == true { view.removeLast() }
        return String(view)
    }
}
