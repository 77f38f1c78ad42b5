import Extraction

/// What the styles of an OpenDocument file mean for its text.
struct OpenDocumentStyles {
    struct Style {
        var parent: String?
        var displayName: String?
        var breaksPage = false
        var hidesText = false
        /// Whether a table or slide with the style is hidden.
        var isHidden = false
        var listStyle: String?
        var outlineLevel: Int?
    }

    struct ListLevel {
        /// `nil` for a bullet.
        var format: String?
        var prefix = ""
        var suffix = ""
        var start = 1
        /// How many levels the number shows.
        var shownLevels = 1
    }

    private(set) var styles: [String: Style] = [:]
    private(set) var lists: [String: [Int: ListLevel]] = [:]

    private var open: (key: String, style: Style)?
    private var openList: String?

    private static let maxParents = 20
    private static let maxStyles = 200_000

    /// Styles of different families may have the same name.
    private static func key(_ name: String, _ family: String) -> String { "\(family)/\(name)" }

    mutating func start(_ element: OpenDocumentElement, _ attributes: XMLAttributes) {
        switch element {
        case .style:
            guard styles.count < Self.maxStyles, let name = attributes["style:name"] else { return }
            var style = Style()
            style.parent = attributes["style:parent-style-name"]
            style.displayName = attributes["style:display-name"]
            style.listStyle = attributes["style:list-style-name"]
            style.outlineLevel = attributes.int("style:default-outline-level")
            style.breaksPage = attributes["style:master-page-name"].map { !$0.isEmpty } ?? false
            open = (Self.key(name, attributes["style:family"] ?? ""), style)
        case .paragraphProperties: if attributes["fo:break-before"] == "page" { open?.style.breaksPage = true }
        case .textProperties: if attributes["text:display"] == "none" { open?.style.hidesText = true }
        case .tableProperties: if attributes["table:display"] == "false" { open?.style.isHidden = true }
        case .pageProperties: if attributes["presentation:visibility"] == "hidden" { open?.style.isHidden = true }
        case .listStyle: openList = attributes["style:name"]
        case .listLevelNumber, .listLevelBullet, .listLevelImage: addLevel(element, attributes)
        default: break
        }
    }

    mutating func end(_ element: OpenDocumentElement) {
        switch element {
        case .style:
            if let open { styles[open.key] = open.style }
            open = nil
        case .listStyle: openList = nil
        default: break
        }
    }

    private mutating func addLevel(_ element: OpenDocumentElement, _ attributes: XMLAttributes) {
        guard let list = openList, let number = attributes.int("text:level"), (1...10).contains(number) else { return }
        var level = ListLevel()
        if element == .listLevelNumber {
            level.format = attributes["style:num-format"] ?? ""
            level.prefix = attributes["style:num-prefix"] ?? ""
            level.suffix = attributes["style:num-suffix"] ?? ""
            level.start = attributes.int("text:start-value") ?? 1
            level.shownLevels = min(max(attributes.int("text:display-levels") ?? 1, 1), number)
        }
        lists[list, default: [:]][number] = level
    }

    func style(_ name: String?, family: String) -> Style? { name.flatMap { styles[Self.key($0, family)] } }

    /// Returns whether a paragraph style is, or is based on, the one for titles.
    func isTitle(_ name: String?) -> Bool { ancestors(name).contains { $0.name == "Title" || $0.style?.displayName == "Title" } }

    func listStyle(ofParagraph name: String?) -> String? { ancestors(name).lazy.compactMap(\.style?.listStyle).first }

    private func ancestors(_ name: String?) -> [(name: String, style: Style?)] {
        var found: [(name: String, style: Style?)] = []
        var next = name
        while let name = next, found.count < Self.maxParents {
            let style = style(name, family: "paragraph")
            found.append((name, style))
            next = style?.parent
        }
        return found
    }
}
