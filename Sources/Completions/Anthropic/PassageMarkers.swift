internal import Citing

/// A writer of source markers `[n]` into a text whose citations arrive separately: after each passage, before its trailing white space.
///
/// Markers written by the model are removed: the model sees no source numbers, so they are meaningless.
struct PassageMarkers: Sendable {
    /// Numbers of the sources, in the order in which they were sent.
    private let numbers: [Int]
    private var foreign = CitationMarkers(known: [])
    /// Trailing white space that was not returned yet.
    private var blank = ""
    /// Numbers that the current passage cites, each once.
    private var cited: [Int] = []
    private var marked: [Int] = []
    private var isEmpty = true

    init(numbers: [Int]) { self.numbers = numbers }

    /// - Returns: the new text that can be shown.
    mutating func append(_ text: String) -> String { give(foreign.append(text)) }

    /// Records that the passage cites the source at that index.
    mutating func cite(place: Int?) {
        guard let place, numbers.indices.contains(place), !cited.contains(numbers[place]) else { return }
        cited.append(numbers[place])
    }

    /// - Returns: the rest of the passage, with its markers.
    mutating func endPassage() -> String {
        var text = give(foreign.finish())
        // Does not repeat the markers if there is no text since the same markers.
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
