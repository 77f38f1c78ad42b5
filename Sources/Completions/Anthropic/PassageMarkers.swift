internal import Citing

/// Writes the markers `[n]` of sources into a text whose citations come beside it: behind each passage, before the white space that
/// ends it.
///
/// Markers that the model writes itself are taken out. It sees no numbers, so they mean nothing here.
struct PassageMarkers: Sendable {
    /// The sources' numbers, in the order in which they were sent.
    private let numbers: [Int]
    private var foreign = CitationMarkers(known: [])
    /// White space that nothing has followed yet.
    private var blank = ""
    /// What the passage cites, each number once.
    private var cited: [Int] = []
    private var marked: [Int] = []
    private var isEmpty = true

    init(numbers: [Int]) { self.numbers = numbers }

    /// - Returns: what of the text so far is new and can be shown.
    mutating func append(_ text: String) -> String { give(foreign.append(text)) }

    /// The passage rests on the source in that place.
    mutating func cite(place: Int?) {
        guard let place, numbers.indices.contains(place), !cited.contains(numbers[place]) else { return }
        cited.append(numbers[place])
    }

    /// - Returns: the end of the passage, with its markers.
    mutating func endPassage() -> String {
        var text = give(foreign.finish())
        // Not twice where nothing stands between two that are alike.
        if !cited.isEmpty, !(isEmpty && cited == marked) {
            text += " " + cited.map { "[\($0)]" }.joined()
            marked = cited
        }
        (cited, isEmpty) = ([], true)
        text += blank
        blank = ""
        return text
    }

    private mutating func give(_ text: String) -> String {
        let scalars = (blank + text).unicodeScalars
        let end = scalars.lastIndex { !$0.properties.isWhitespace }.map(scalars.index(after:)) ?? scalars.startIndex
        blank = String(scalars[end...])
        let shown = String(scalars[..<end])
        if !shown.isEmpty { isEmpty = false }
        return shown
    }
}
