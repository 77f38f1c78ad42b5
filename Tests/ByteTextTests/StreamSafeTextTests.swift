import ByteText
import Foundation
import Testing

@Suite struct StreamSafeTextTests {
    private func marks(_ count: Int) -> String {
        var text = "a"
        for place in 0..<count { text.unicodeScalars.append(place.isMultiple(of: 2) ? "\u{301}" : "\u{323}") }
        return text
    }

    @Test func textOfLanguagesStays() {
        for text in ["", "plain", "Zürich", "e\u{301}\u{323}", "नमस्ते", "שָׁלוֹם", marks(30)] {
            #expect(Array(text.streamSafe().utf8) == Array(text.utf8))
        }
    }

    @Test func longRunsAreCut() {
        let safe = marks(100).streamSafe().unicodeScalars
        #expect(safe.filter { $0 == "\u{34F}" }.count == 3)
        #expect(safe.filter { $0 != "\u{34F}" }.count == 101)
        var (run, longest) = (0, 0)
        for scalar in safe {
            run = scalar.properties.canonicalCombiningClass == .notReordered ? 0 : run + 1
            longest = max(longest, run)
        }
        #expect(longest == 30)
    }

    /// For every kind of run, the decomposition has no runs longer than about 30 scalars and their expansions.
    @Test func noScalarEscapesTheCut() {
        for value in UInt32(0x300)...0x1FFFF {
            guard let scalar = Unicode.Scalar(value),
                let first = String(scalar).decomposedStringWithCompatibilityMapping.unicodeScalars.first,
                first.properties.canonicalCombiningClass != .notReordered
            else { continue }
            let run = String(String.UnicodeScalarView(repeatElement(scalar, count: 31)))
            #expect(run.streamSafe().unicodeScalars.contains("\u{34F}"), "U+\(String(value, radix: 16))")
        }
    }
}
