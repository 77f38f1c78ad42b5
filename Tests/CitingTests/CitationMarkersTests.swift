import Citing
import TestSupport
import Testing

@Suite struct CitationMarkersTests {
    private func read(_ text: String, known: Set<Int> = [1, 2, 3]) -> (text: String, numbers: [Int], markers: CitationMarkers) {
        var markers = CitationMarkers(known: known)
        let output = markers.append(text) + markers.finish()
        return (output, markers.occurrences.map(\.number), markers)
    }

    static let cases: [(text: String, shown: String, numbers: [Int])] = [
        ("Bees fly [1].", "Bees fly [1].", [1]), ("[1][2] and [3]", "[1][2] and [3]", [1, 2, 3]), ("a [1, 2].", "a [1, 2].", [1, 2]),
        ("a [1,1]", "a [1,1]", [1]), ("Wrong [9].", "Wrong.", []), ("Half [1, 9].", "Half [1].", [1]), ("a [9][1]", "a[1]", [1]),
        ("a [0] [01]", "a [0] [01]", [1]), ("[99999]", "[99999]", []), ("[]", "[]", []), ("[ ]", "[ ]", []), ("[x]", "[x]", []),
        ("[1", "[1", []), ("[1,]", "[1,]", []), ("[[1]]", "[[1]]", [1]), ("f `a[1]` [2]", "f `a[1]` [2]", [2]),
        ("```\na[9]\n```\n[1]", "```\na[9]\n```\n[1]", [1]), ("a ` b\n\nc [1]", "a ` b\n\nc [1]", [1]), ("", "", []), ("  ", "  ", []),
        ("日本[2]語", "日本[2]語", [2]), ("e\u{301} [3]", "e\u{301} [3]", [3]),
        ("[" + String(repeating: "1", count: 100) + "]", "[" + String(repeating: "1", count: 100) + "]", []),
    ]

    @Test func markersStayAndStrangersGo() {
        for (text, shown, numbers) in Self.cases {
            let result = read(text)
            #expect(result.text == shown && result.numbers == numbers, "\(text): \(result)")
        }
    }

    @Test func placesAreThoseOfTheTextThatIsShown() {
        let result = read("日本 is far [9] away [1, 2], e\u{301} [3].")
        let scalars = Array(result.text.unicodeScalars)
        #expect(result.markers.length == scalars.count)
        let shown = result.markers.occurrences.map { occurrence in
            var text = String.UnicodeScalarView()
            text.append(contentsOf: scalars[occurrence.range])
            return String(text)
        }
        #expect(shown == ["[1, 2]", "[1, 2]", "[3]"])
    }

    /// The result does not depend on how a stream is split.
    @Test(arguments: 0..<200) func cutsChangeNothing(seed: Int) {
        var rng = SplitMix64(seed: UInt64(seed))
        let pieces = ["[", "]", "1", "2", "9", ",", " ", "`", "\n", "x", "é", "[1]", "[9]", " [2]"]
        let text = (0..<40).map { _ in pieces[Int(rng.next() % UInt64(pieces.count))] }.joined()
        let whole = read(text)
        var markers = CitationMarkers(known: [1, 2, 3])
        var output = ""
        for scalar in text.unicodeScalars {
            output += markers.append(String(scalar))
            if rng.next() % 3 == 0 { output += markers.append("") }
        }
        output += markers.finish()
        #expect(output == whole.text && markers.occurrences == whole.markers.occurrences, "seed \(seed): \(text)")
    }

    /// A quadratic reader would need hours for these.
    @Test(arguments: ["word ", "[1] ", "`[", "[9] ", "[[["]) func aLongAnswerIsReadInLinearTime(part: String) {
        let text = String(repeating: part, count: (8 << 20) / part.utf8.count)
        var markers = CitationMarkers(known: [1])
        let output = markers.append(text) + markers.finish()
        #expect(output.utf8.count <= text.utf8.count)
    }
}
