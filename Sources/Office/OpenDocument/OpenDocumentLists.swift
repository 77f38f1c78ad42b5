/// The numbers of the items of an OpenDocument file's lists.
struct OpenDocumentLists {
    private struct Open {
        let style: String?
        var number: Int?
    }

    private var open: [Open] = []
    /// The last number of each style's first level, for lists that continue it.
    private var last: [String: Int] = [:]
    private var continues = false
    /// The bullet or number for the next paragraph, which only the first one of an item has.
    private var pending: String?

    private static let maxDepth = 100

    var depth: Int { open.count }

    mutating func beginList(style: String?, continuesNumbering: Bool) {
        let style = style ?? open.last?.style
        let isContinued = continuesNumbering && open.isEmpty
        open.append(Open(style: style, number: isContinued ? style.flatMap { last[$0] } : nil))
    }

    mutating func endList() {
        guard let list = open.popLast() else { return }
        if open.isEmpty, let style = list.style, let number = list.number { last[style] = number }
    }

    mutating func beginItem(startValue: Int?, isHeader: Bool, _ styles: OpenDocumentStyles) {
        guard !open.isEmpty, open.count <= Self.maxDepth, !isHeader else {
            pending = nil
            return
        }
        let depth = open.count
        let level = open[depth - 1].style.flatMap { styles.lists[$0]?[depth] }
        open[depth - 1].number = startValue ?? open[depth - 1].number.map { $0 &+ 1 } ?? level?.start ?? 1
        guard let level, let format = level.format else {
            pending = "•"
            return
        }
        let shown = (max(0, depth - level.shownLevels)..<depth).map { outer in
            let own = open[outer].style.flatMap { styles.lists[$0]?[outer + 1] }?.format ?? format
            return CountedNumber.text(open[outer].number ?? 1, format: Self.officeFormat(own))
        }
        pending = format.isEmpty ? "" : level.prefix + shown.joined(separator: ".") + level.suffix
    }

    mutating func endItem() { pending = nil }

    /// Returns the bullet or number of the item, for its first paragraph.
    mutating func takeMarker() -> String? {
        defer { pending = nil }
        return pending
    }

    private static func officeFormat(_ format: String) -> String {
        switch format {
        case "a": "lowerLetter"
        case "A": "upperLetter"
        case "i": "lowerRoman"
        case "I": "upperRoman"
        default: "decimal"
        }
    }
}
