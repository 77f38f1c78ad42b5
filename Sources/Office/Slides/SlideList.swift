import Extraction

/// The paragraphs of a shape as blocks: items of lists where they have bullets or numbers.
enum SlideList {
    static func blocks(_ shape: SlideShape) -> [ContentBlock] {
        let paragraphs = DrawingText.paragraphs(shape.element.first("p:txBody"))
        // Bodies have bullets unless they say otherwise; other shapes have none.
        let hasBullets: Bool
        switch shape.placeholder?["type"] {
        case _ where shape.placeholder == nil: hasBullets = false
        case nil, "body", "obj": hasBullets = paragraphs.count > 1
        default: hasBullets = false
        }
        let styled = DrawingText.bullets(shape.element.at("p:txBody", "a:lstStyle"))
        var counts = Array(repeating: 0, count: 9)
        return paragraphs.map { paragraph in
            for inner in counts.indices.dropFirst(paragraph.level + 1) { counts[inner] = 0 }
            switch paragraph.bullet ?? styled[paragraph.level] ?? (hasBullets ? .character : .none) {
            case .none:
                counts[paragraph.level] = 0
                return .paragraph(paragraph.text)
            case .character:
                counts[paragraph.level] = 0
                return .listItem(paragraph.text, marker: "•")
            case .number(let format, let start):
                counts[paragraph.level] += 1
                let number = CountedNumber.text(start &+ counts[paragraph.level] - 1, format: officeFormat(format))
                return .listItem(paragraph.text, marker: number + suffix(format))
            }
        }
    }

    private static func officeFormat(_ format: String) -> String {
        switch format {
        case _ where format.hasPrefix("alphaLc"): "lowerLetter"
        case _ where format.hasPrefix("alphaUc"): "upperLetter"
        case _ where format.hasPrefix("romanLc"): "lowerRoman"
        case _ where format.hasPrefix("romanUc"): "upperRoman"
        default: "decimal"
        }
    }

    private static func suffix(_ format: String) -> String {
        format.hasSuffix("ParenR") || format.hasSuffix("ParenBoth") ? ")" : format.hasSuffix("Plain") ? "" : "."
    }
}
