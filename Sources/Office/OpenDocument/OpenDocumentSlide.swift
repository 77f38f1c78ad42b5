import Extraction

/// The shapes of a slide as they are read.
struct OpenDocumentSlide {
    struct Shape {
        /// `title`, `outline` and so on; `nil` for a shape that fills no place of the layout.
        let role: String?
        /// From the upper left corner of the slide, in hundredths of a millimetre.
        let x: Int
        let y: Int
        var blocks: [ContentBlock] = []
    }

    let isHidden: Bool
    var shapes: [Shape] = []
    var notes: [ContentBlock] = []

    /// Shapes whose upper edges differ by less are side by side.
    private static let rowHeight = 800

    var title: String { shapes.first { $0.role == "title" }.map { ContentBlock.inlineText($0.blocks) } ?? "" }

    /// The shapes besides the title, from top to bottom and left to right.
    var ordered: [Shape] {
        var rows: [[Shape]] = []
        var top = 0
        let titled = shapes.firstIndex { $0.role == "title" }
        let others = shapes.enumerated().filter { $0.offset != titled && !Self.isFurniture($0.element.role) }
        for (_, shape) in others.sorted(by: { ($0.element.y, $0.offset) < ($1.element.y, $1.offset) }) {
            if rows.isEmpty || shape.y - top > Self.rowHeight {
                rows.append([])
                top = shape.y
            }
            rows[rows.count - 1].append(shape)
        }
        return rows.flatMap { row in row.enumerated().sorted { ($0.element.x, $0.offset) < ($1.element.x, $1.offset) }.map(\.element) }
    }

    private static func isFurniture(_ role: String?) -> Bool {
        switch role {
        case "page-number", "date-time", "footer", "header", "page", "handout": true
        default: false
        }
    }

    /// - Parameter text: a length such as `2.5cm`, `1in` or `12pt`.
    /// - Returns: hundredths of a millimetre, at most ten metres; 0 if the text is no length.
    static func length(_ text: String?) -> Int {
        guard let text else { return 0 }
        let digits = text.prefix { $0.isNumber || $0 == "." || $0 == "-" }
        guard let value = Double(digits), value.isFinite else { return 0 }
        let unit: Double
        switch text.dropFirst(digits.count) {
        case "mm": unit = 100
        case "in": unit = 2_540
        case "pt": unit = 35.28
        default: unit = 1_000
        }
        return Int(min(max(value * unit, -1_000_000), 1_000_000))
    }
}
