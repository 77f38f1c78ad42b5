import Extraction

/// A shape of a slide with its place.
struct SlideShape {
    let element: XMLElement
    let placeholder: XMLElement?
    let position: SlideLayout.Position?

    var isTitle: Bool {
        switch placeholder?["type"] {
        case "title", "ctrTitle": true
        default: false
        }
    }

    /// Whether the shape repeats on every slide: date, footer and slide number.
    var isFurniture: Bool {
        switch placeholder?["type"] {
        case "dt", "ftr", "sldNum", "hdr", "sldImg": true
        default: false
        }
    }
}

/// The shapes of a slide in reading order.
enum SlideShapes {
    /// Shapes whose upper edges differ by less are side by side, in EMU: a third of an inch.
    private static let rowHeight = 300_000
    /// Maximum depth of groups.
    private static let maxGroups = 50

    /// Returns the shapes from top to bottom and left to right, groups in one piece.
    static func ordered(_ tree: XMLElement, _ layout: SlideLayout, depth: Int = 0) -> [SlideShape] {
        let shapes = members(tree).map { element in
            let placeholder = element.children.first { $0.name.hasPrefix("p:nv") }?.at("p:nvPr", "p:ph")
            let properties = element.name == "p:graphicFrame" ? element : element.first("p:spPr") ?? element.first("p:grpSpPr")
            return SlideShape(
                element: element, placeholder: placeholder,
                position: SlideLayout.position(properties) ?? placeholder.flatMap(layout.position))
        }
        return sorted(shapes.filter { !$0.isFurniture }).flatMap { shape in
            guard shape.element.name == "p:grpSp" else { return [shape] }
            return depth < maxGroups ? ordered(shape.element, layout, depth: depth + 1) : []
        }
    }

    /// Returns the shapes of a tree or group, with the preferred half of alternatives.
    private static func members(_ tree: XMLElement) -> [XMLElement] {
        tree.children.flatMap { child in
            switch child.name {
            case "p:sp", "p:grpSp", "p:graphicFrame", "p:cxnSp": return [child]
            case "mc:AlternateContent":
                let choice = child.first("mc:Choice").map(members) ?? []
                return choice.isEmpty ? child.first("mc:Fallback").map(members) ?? [] : choice
            default: return []
            }
        }
    }

    private static func sorted(_ shapes: [SlideShape]) -> [SlideShape] {
        let placed = shapes.enumerated().filter { $0.element.position != nil }.sorted {
            ($0.element.position?.y ?? 0, $0.offset) < ($1.element.position?.y ?? 0, $1.offset)
        }
        var rows: [[(offset: Int, element: SlideShape)]] = []
        var top = 0
        for shape in placed {
            let y = shape.element.position?.y ?? 0
            if rows.isEmpty || y &- top > rowHeight {
                rows.append([])
                top = y
            }
            rows[rows.count - 1].append(shape)
        }
        let ordered = rows.flatMap { row in
            row.sorted { ($0.element.position?.x ?? 0, $0.offset) < ($1.element.position?.x ?? 0, $1.offset) }.map(\.element)
        }
        return shapes.filter { $0.position == nil } + ordered
    }
}
