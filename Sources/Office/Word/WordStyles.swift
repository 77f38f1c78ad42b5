import Extraction

/// What the styles of a document mean for its text.
struct WordStyles {
    struct Style {
        /// The outline level from 0; `nil` for body text.
        var outlineLevel: Int?
        var isTitle = false
        var isHidden = false
        var numbering: WordNumbering.Reference?
    }

    private var styles: [String: Style] = [:]
    private(set) var defaultParagraph: String?

    /// Maximum number of styles that one style is based on.
    private static let maxBases = 20

    /// - Parameter root: the root of `styles.xml`; without it, styles are known by their ids only.
    init(_ root: XMLElement?) {
        var raw: [String: XMLElement] = [:]
        for element in root?.all("w:style") ?? [] {
            guard let id = element["styleId"], raw[id] == nil else { continue }
            raw[id] = element
            if element["type"] == "paragraph", element["default"] == "1" { defaultParagraph = id }
        }
        for id in raw.keys { styles[id] = Self.style(id, raw) }
    }

    subscript(_ id: String?) -> Style {
        guard let id = id ?? defaultParagraph else { return Style() }
        return styles[id] ?? Self.known(id)
    }

    private static func style(_ id: String, _ raw: [String: XMLElement]) -> Style {
        var style = Style()
        var next: String? = id
        var bases = 0
        var (isLevelKnown, isHiddenKnown) = (false, false)
        while let id = next, let element = raw[id], bases < maxBases {
            let properties = element.first("w:pPr")
            let name = element.first("w:name")?["val"] ?? id
            if bases == 0, name.lowercased() == "title" { style.isTitle = true }
            if !isLevelKnown {
                if let level = properties?.first("w:outlineLvl")?["val"].flatMap({ Int($0) }) {
                    (style.outlineLevel, isLevelKnown) = (level < 9 ? level : nil, true)
                } else if let level = level(ofName: name) {
                    (style.outlineLevel, isLevelKnown) = (level, true)
                }
            }
            if !isHiddenKnown, let vanish = element.at("w:rPr", "w:vanish") {
                (style.isHidden, isHiddenKnown) = (WordToggle.isOn(vanish["val"]), true)
            }
            if style.numbering == nil, let numbering = properties?.first("w:numPr") {
                style.numbering = WordNumbering.Reference(
                    list: numbering.first("w:numId")?["val"] ?? "", level: numbering.first("w:ilvl")?["val"].flatMap { Int($0) })
            }
            next = element.first("w:basedOn")?["val"]
            bases += 1
        }
        return style
    }

    /// Returns the meaning of a style that `styles.xml` does not define.
    private static func known(_ id: String) -> Style {
        if id.lowercased() == "title" { return Style(isTitle: true) }
        return Style(outlineLevel: level(ofName: id))
    }

    /// Returns the level that the name or id of a style says: Word writes `heading 1`, and other programs names in their language.
    private static func level(ofName name: String) -> Int? {
        let folded = name.lowercased()
        guard let digit = folded.last, let level = digit.wholeNumberValue, (1...9).contains(level) else { return nil }
        let stem = folded.dropLast().filter { $0.isLetter }
        return headingNames.contains(stem) ? level - 1 : nil
    }

    private static let headingNames: Set<String> = [
        "heading", "überschrift", "berschrift", "titre", "título", "ttulo",
        "titolo", "kop", "rubrik", "overskrift", "otsikko", "nagłówek",
        "nagwek", "заголовок", "nadpis", "cabeçalho", "cabealho",
        "título1", "başlık", "balk", "címsor", "cmsor", "标题", "見出し", "제목",
        "encabezado", "intestazione", "επικεφαλίδα", "titlu", "nadpisy", "antraštė", "virsraksts", "pealkiri",
    ]
}

/// The value of a property that is on or off.
enum WordToggle {
    /// - Parameter value: the attribute `val`; a property without it is on.
    static func isOn(_ value: String?) -> Bool {
        switch value {
        case "0", "false", "off", "none": false
        default: true
        }
    }
}
