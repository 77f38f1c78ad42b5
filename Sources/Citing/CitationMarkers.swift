/// A streaming parser of the markers `[1]`, `[2][3]` and `[1, 2]` in an answer. It removes markers that name no source.
///
/// A value type: it takes text in pieces of any size and returns the text that can be shown. It holds back at most one marker's length.
/// Text between backticks has no markers, since `a[1]` is code there.
public struct CitationMarkers: Sendable {
    /// A number in a marker that was kept in the text.
    public struct Occurrence: Hashable, Sendable {
        public let number: Int
        /// Range of the whole marker, brackets included, in Unicode scalars of the returned text.
        public let range: Range<Int>
    }

    public private(set) var occurrences: [Occurrence] = []
    /// Number of Unicode scalars returned so far.
    public private(set) var length = 0

    private let known: Set<Int>
    /// Undecided text: a space, the beginning of a marker, or both.
    private var held: [Unicode.Scalar] = []
    private var isInBrackets = false
    private var code = CodeSpans()

    /// Maximum length of a marker, in scalars.
    private static let longestMarker = 48

    /// - Parameter known: numbers of the sources.
    public init(known: Set<Int>) { self.known = known }

    /// - Returns: the new text that can be shown.
    public mutating func append(_ text: String) -> String {
        var output = UTF8Text()
        for scalar in text.unicodeScalars { take(scalar, &output) }
        return output.string
    }

    /// - Returns: the text held back. Call it at the end of the text.
    public mutating func finish() -> String {
        var output = UTF8Text()
        release(&output)
        return output.string
    }

    private mutating func take(_ scalar: Unicode.Scalar, _ output: inout UTF8Text) {
        if isInBrackets {
            if scalar == "]" { return close(&output) }
            if scalar.isMarkerInside, held.count < Self.longestMarker {
                held.append(scalar)
                return
            }
            release(&output)
        }
        code.take(scalar)
        if scalar == "[", !code.isInside {
            isInBrackets = true
            held.append(scalar)
        } else if scalar == " ", !code.isInside {
            release(&output)
            held.append(scalar)
        } else {
            release(&output)
            give(CollectionOfOne(scalar), &output)
        }
    }

    private mutating func release(_ output: inout UTF8Text) {
        give(held, &output)
        held.removeAll(keepingCapacity: true)
        isInBrackets = false
    }

    private mutating func give(_ scalars: some Collection<Unicode.Scalar>, _ output: inout UTF8Text) {
        for scalar in scalars { output.append(scalar) }
        length += scalars.count
    }

    /// Handles a `]`: keeps the marker, or only its numbers that name a source.
    private mutating func close(_ output: inout UTF8Text) {
        let blank = held.prefix { $0 == " " }
        guard let numbers = Self.numbers(held.dropFirst(blank.count + 1)) else {
            release(&output)
            return give(CollectionOfOne("]"), &output)
        }
        let kept = numbers.filter(known.contains)
        held.append("]")
        if kept.count < numbers.count {
            held = kept.isEmpty ? [] : Array(blank) + kept.flatMap { Array("[\($0)]".unicodeScalars) }
        }
        let start = length + (held.isEmpty ? 0 : blank.count)
        release(&output)
        occurrences += kept.map { Occurrence(number: $0, range: start..<length) }
    }

    /// Returns the numbers between the brackets; `nil` if the text is no marker.
    private static func numbers(_ inside: ArraySlice<Unicode.Scalar>) -> [Int]? {
        let parts = inside.split(separator: ",", omittingEmptySubsequences: false).map { part in
            String(String.UnicodeScalarView(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()))
        }
        var numbers: [Int] = []
        for part in parts {
            guard (1...4).contains(part.utf8.count), let number = Int(part), number > 0 else { return nil }
            if !numbers.contains(number) { numbers.append(number) }
        }
        return numbers
    }
}

extension Unicode.Scalar {
    fileprivate var isMarkerInside: Bool { ("0"..."9").contains(self) || self == "," || self == " " }
}

/// A tracker of Markdown code spans: a run of backticks closes a run of the same length. An empty line ends spans of one or two backticks.
struct CodeSpans: Sendable {
    private var opened = 0
    private var run = 0
    private var newlines = 0

    var isInside: Bool { opened > 0 || run > 0 }

    mutating func take(_ scalar: Unicode.Scalar) {
        if scalar == "`" {
            run += 1
            return
        }
        if run > 0 {
            opened = opened == 0 ? run : (run == opened ? 0 : opened)
            run = 0
        }
        newlines = scalar == "\n" ? newlines + 1 : 0
        if newlines > 1, opened < 3 { opened = 0 }
    }
}
