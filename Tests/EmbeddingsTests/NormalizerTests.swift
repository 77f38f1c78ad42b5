import Embeddings
import Foundation
import TestSupport
import Testing

/// Compares normalisation and splitting with the reference, character by character.
@Suite(.timeLimit(.minutes(10))) struct NormalizerTests {
    /// Reads `bert-normalizer.tsv`; the script next to it explains the format.
    @Test func everyCharacterMatchesTheReference() throws {
        let tokenizer = try TinyModel.tokenizer(vocabulary: [])
        let file = TestPaths.fixtures.appending(path: "bert-normalizer.tsv")
        var expected: [UInt32: Substring] = [:]
        let lines = try String(contentsOf: file, encoding: .utf8)
        for line in lines.split(separator: "\n") {
            let fields = line.split(separator: "\t")
            let ends = fields[0].split(separator: "-").compactMap { UInt32($0, radix: 16) }
            for value in ends[0]...ends[1] { expected[value] = fields[1] }
        }
        #expect(expected.count > 140_000)
        var wrong: [String] = []
        for value in 0x80...0x10FFFF as ClosedRange<UInt32> {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let want = expected[value] ?? "same"
            if want == "skip" { continue }
            let words = tokenizer.words("a" + String(scalar) + "a")
            if Self.kind(words, scalar) != want { wrong.append("\(String(value, radix: 16)): \(Self.kind(words, scalar)), not \(want)") }
        }
        #expect(wrong.isEmpty, "\(wrong.count) characters: \(wrong.prefix(60))")
    }

    private static func kind(_ words: [String], _ scalar: Unicode.Scalar) -> String {
        let scalars = words.map { Array($0.unicodeScalars) }
        let a: Unicode.Scalar = "a"
        switch scalars {
        case [[a, scalar, a]]: return "same"
        case [[a, a]]: return "drop"
        case [[a], [a]]: return "space"
        case [[a], [scalar], [a]]: return "sign"
        default:
            return scalars.map { $0.map { String($0.value, radix: 16, uppercase: true) }.joined(separator: ".") }.joined(separator: ",")
        }
    }
}
