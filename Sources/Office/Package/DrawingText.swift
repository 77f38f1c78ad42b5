import Extraction

/// The text of DrawingML: shapes of slides, cells of their tables, titles of charts.
enum DrawingText {
    struct Paragraph {
        var text = ""
        /// The level of a list, from 0.
        var level = 0
        var bullet: Bullet?

        enum Bullet: Equatable {
            case none
            case character
            case number(format: String, start: Int)
        }
    }

    /// Returns the paragraphs of a text body that are not blank.
    static func paragraphs(_ body: XMLElement?) -> [Paragraph] {
        (body?.all("a:p") ?? []).map(paragraph).filter { !$0.text.allSatisfy(\.isWhitespace) }
    }

    /// Returns all paragraphs below an element as one line.
    static func line(_ element: XMLElement?) -> String {
        guard let element else { return "" }
        let paragraphs = element.name == "a:p" ? [element] : element.descendants("a:p")
        return paragraphs.map { paragraph($0).text.trimmed }.filter { !$0.isEmpty }.joined(separator: " ")
    }

    private static func paragraph(_ element: XMLElement) -> Paragraph {
        var paragraph = Paragraph()
        for child in element.children {
            switch child.name {
            case "a:r", "a:fld": paragraph.text += child.first("a:t")?.text ?? ""
            case "a:br": paragraph.text += " "
            case "a:pPr": properties(child, &paragraph)
            case "mc:AlternateContent":
                paragraph.text += (child.first("mc:Choice") ?? child).descendants("m:t").map(\.text).joined()
            default: break
            }
        }
        return paragraph
    }

    private static func properties(_ element: XMLElement, _ paragraph: inout Paragraph) {
        paragraph.level = min(max(element["lvl"].flatMap { Int($0) } ?? 0, 0), 8)
        paragraph.bullet = bullet(element)
    }

    /// Returns the bullets of a list style, by level from 0.
    static func bullets(_ style: XMLElement?) -> [Int: Paragraph.Bullet] {
        var bullets: [Int: Paragraph.Bullet] = [:]
        for level in 0..<9 { bullets[level] = style?.first("a:lvl\(level + 1)pPr").flatMap(bullet) }
        return bullets
    }

    private static func bullet(_ properties: XMLElement) -> Paragraph.Bullet? {
        for child in properties.children {
            switch child.name {
            case "a:buNone": return Paragraph.Bullet.none
            case "a:buChar", "a:buBlip": return .character
            case "a:buAutoNum": return .number(format: child["type"] ?? "", start: child["startAt"].flatMap { Int($0) } ?? 1)
            default: break
            }
        }
        return nil
    }
}

extension String {
    /// The text without white space at its ends.
    var trimmed: String {
        guard let start = firstIndex(where: { !$0.isWhitespace }), let end = lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(self[start...end])
    }
}
