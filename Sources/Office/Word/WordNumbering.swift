import Extraction

/// The lists of a document, and the numbers of their items so far.
struct WordNumbering {
    struct Reference {
        /// The id of the list; `0` for no list.
        let list: String
        let level: Int?
    }

    private struct Level {
        var start = 1
        var format = "decimal"
        var text = ""
        /// The level, counted from 1, after which this one starts again; 0 for never.
        var restart: Int?
        /// Whether numbers of outer levels are shown as decimals.
        var isLegal = false
    }

    private struct List {
        let levels: String
        /// Levels that this list defines in its own way, by number.
        var overrides: [Int: Level] = [:]
        var starts: [Int: Int] = [:]
    }

    private var levels: [String: [Int: Level]] = [:]
    private var lists: [String: List] = [:]
    /// The current numbers, by the id of the definition of levels.
    private var numbers: [String: [Int?]] = [:]
    private var begun: Set<String> = []
    private var styleLevels: [String: Int] = [:]

    private static let maxLevels = 9

    /// - Parameter root: the root of `numbering.xml`.
    init(_ root: XMLElement?) {
        guard let root else { return }
        for definition in root.all("w:abstractNum") {
            guard let id = definition["abstractNumId"] else { continue }
            var own: [Int: Level] = [:]
            for element in definition.all("w:lvl") {
                guard let number = element["ilvl"].flatMap({ Int($0) }), (0..<Self.maxLevels).contains(number) else { continue }
                own[number] = Self.level(element)
                if let style = element.first("w:pStyle")?["val"] { styleLevels[style] = number }
            }
            levels[id] = own
        }
        for element in root.all("w:num") {
            guard let id = element["numId"], let definition = element.first("w:abstractNumId")?["val"] else { continue }
            var list = List(levels: definition)
            for change in element.all("w:lvlOverride") {
                guard let number = change["ilvl"].flatMap({ Int($0) }), (0..<Self.maxLevels).contains(number) else { continue }
                if let level = change.first("w:lvl") { list.overrides[number] = Self.level(level) }
                if let start = change.first("w:startOverride")?["val"].flatMap({ Int($0) }) { list.starts[number] = start }
            }
            lists[id] = list
        }
    }

    private static func level(_ element: XMLElement) -> Level {
        var level = Level()
        func value(_ name: String) -> String? { element.first(name)?["val"] }
        level.start = value("w:start").flatMap { Int($0) } ?? 1
        level.format = value("w:numFmt") ?? element.at("mc:AlternateContent", "mc:Fallback", "w:numFmt")?["val"] ?? "decimal"
        level.text = value("w:lvlText") ?? ""
        level.restart = value("w:lvlRestart").flatMap { Int($0) }
        level.isLegal = element.first("w:isLgl").map { WordToggle.isOn($0["val"]) } ?? false
        return level
    }

    /// Returns the level at which a style has its items, for styles that do not say it themselves.
    func level(ofStyle style: String?) -> Int? { style.flatMap { styleLevels[$0] } }

    /// Counts an item.
    ///
    /// - Returns: its bullet or number as shown; empty if it has neither; `nil` if there is no such list.
    mutating func next(_ id: String, level number: Int) -> String? {
        guard id != "0", let list = lists[id] else { return nil }
        let number = min(max(number, 0), Self.maxLevels - 1)
        let own = levels[list.levels] ?? [:]
        func level(_ number: Int) -> Level { list.overrides[number] ?? own[number] ?? Level() }
        var counts = numbers[list.levels] ?? Array(repeating: nil, count: Self.maxLevels)
        if begun.insert(id).inserted { for (number, start) in list.starts where number < counts.count { counts[number] = start - 1 } }
        for outer in 0..<number where counts[outer] == nil { counts[outer] = level(outer).start }
        counts[number] = counts[number].map { $0 &+ 1 } ?? level(number).start
        for inner in counts.indices.dropFirst(number + 1) where level(inner).restart.map({ $0 != 0 && number < $0 }) ?? true {
            counts[inner] = nil
        }
        numbers[list.levels] = counts
        let shown = level(number)
        if shown.format == "bullet" { return "•" }
        if shown.format == "none" { return "" }
        return Self.text(shown, counts.map { $0 ?? 1 }, (0..<Self.maxLevels).map { level($0).format })
    }

    /// Returns the text of a level with the numbers in place of `%1` to `%9`.
    private static func text(_ level: Level, _ counts: [Int], _ formats: [String]) -> String {
        var text = ""
        var isPercent = false
        for character in level.text {
            if isPercent, let number = character.wholeNumberValue, (1...maxLevels).contains(number) {
                let format = level.isLegal ? "decimal" : formats[number - 1]
                text += format == "bullet" || format == "none" ? "" : CountedNumber.text(counts[number - 1], format: format)
                isPercent = false
                continue
            }
            if isPercent { text.append("%") }
            isPercent = character == "%"
            if !isPercent { text.append(character) }
        }
        return text
    }
}
