/// Finds the markers `[1]`, `[2][3]` and `[1, 2]` in an answer as it is written, and takes out those that name no source.
///
/// A value: text in, however it is cut, text out that can be shown. At most a marker's length is held back. Between backticks,
/// where `a[1]` is code, there are no markers.
public struct CitationMarkers: Sendable {
    /// A number in a marker that stayed in the text.
    public struct Occurrence: Hashable, Sendable {
        public let number: Int
        /// Of the whole marker, brackets included, in Unicode scalars of the text that was given out.
        public let range: Range<Int>
    }

    public private(set) var occurrences: [Occurrence] = []
    /// Unicode scalars given out so far.
    public private(set) var length = 0

    private let known: Set<Int>
    /// A blank, a marker's beginning, or both, that nothing has been decided about.
    private var held: [Unicode.Scalar] = []
    private var isInBrackets = false
    private var code = CodeSpans()

    /// Longest marker that is recognised, in scalars.
    private static let longestMarker = 48

    /// - Parameter known: the numbers that sources have.
    public init(known: Set<Int>) { self.known = known }

    /// - Returns: what of the text so far is new and can be shown.
    public mutating func append(_ text: String) -> String {
        var output = UTF8Text()
        for scalar in text.unicodeScalars { take(scalar, &output) }
        return output.string
    }

    /// - Returns: what was held back: the text is at its end.
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

    /// At a `]`: the marker stays, or what of it names a source does.
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

    /// The numbers between the brackets; `nil` where it is no marker.
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

/// Whether the text is between backticks, as Markdown has it: as many close as opened. An empty line ends those of one or two.
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
