import Extraction

/// Where the placeholders of a layout are, for slides that do not say it.
struct SlideLayout {
    struct Position: Equatable {
        /// In EMU, 914,400 to the inch.
        var x: Int
        var y: Int
    }

    private var byIndex: [String: Position] = [:]
    private var byType: [String: Position] = [:]

    init() {}

    /// - Parameters: the roots of the layout and of its master.
    init(_ layout: XMLElement?, _ master: XMLElement?) {
        for root in [layout, master] {
            for shape in root?.at("p:cSld", "p:spTree")?.all("p:sp") ?? [] {
                guard let placeholder = shape.at("p:nvSpPr", "p:nvPr", "p:ph"), let position = Self.position(shape.first("p:spPr")) else {
                    continue
                }
                if root === layout, let index = placeholder["idx"], byIndex[index] == nil { byIndex[index] = position }
                let type = Self.family(placeholder["type"])
                if byType[type] == nil { byType[type] = position }
            }
        }
    }

    func position(of placeholder: XMLElement) -> Position? {
        placeholder["idx"].flatMap { byIndex[$0] } ?? byType[Self.family(placeholder["type"])]
    }

    /// Returns the type under which a master lists a placeholder.
    private static func family(_ type: String?) -> String {
        switch type {
        case "ctrTitle", "title": "title"
        case "subTitle", "obj", nil: "body"
        case let type?: type
        }
    }

    /// - Parameter properties: `p:spPr`, `p:grpSpPr`, or the frame with `p:xfrm` inside.
    static func position(_ properties: XMLElement?) -> Position? {
        guard let offset = (properties?.first("a:xfrm") ?? properties?.first("p:xfrm"))?.first("a:off"),
            let x = offset["x"].flatMap({ Int($0) }), let y = offset["y"].flatMap({ Int($0) })
        else { return nil }
        return Position(x: x, y: y)
    }
}
