import Index
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct LexicalEvidenceTests {
    private func evidence(_ query: String, _ texts: [(title: String, text: String)]) throws -> [LexicalEvidence] {
        let index = openIndex(try TestPaths.scratch("index"), dimension: 2).index
        let entries = texts.enumerated().map { entry(Int64($0), text: $1.text, title: $1.title, [1, 0]) }
        try index.apply(removingDocuments: [], adding: entries, sequence: 1)
        return index.lexicalEvidence(query, chunks: entries.map(\.chunk)).compactMap { $0 }
    }

    @Test func coverageIsTheShareOfTheQuerysWeight() throws {
        let found = try evidence("red fish", [("", "red fish"), ("", "red"), ("", "sea")])
        #expect(found[0].coverage == 1 && found[2].coverage == 0)
        #expect(found[1].coverage > 0 && found[1].coverage < 0.5)
        // A query word that occurs in no document counts as missing.
        #expect(try evidence("red unheard", [("", "red"), ("", "sea")])[0].coverage < 0.5)
    }

    @Test func titlesAreToldFromTexts() throws {
        let found = try evidence("red fish", [("red fish", "sea"), ("red", "fish"), ("", "red fish")])
        #expect(found[0].title == 1 && found[2].title == 0)
        #expect(found[1].title > 0 && found[1].title < 1)
    }

    @Test func wordsNearToEachOtherAreNearer() throws {
        let found = try evidence(
            "red fish",
            [
                ("", "red fish far out at sea"), ("", "red is far from fish at"), ("", "red ones swim far and wide fish"),
                ("", "red red red"),
            ])
        #expect(found[0].proximity > found[1].proximity && found[1].proximity > found[2].proximity)
        #expect(found[3].proximity == 0)
    }

    @Test func chunksWithAllPhrasesAreMarked() throws {
        let texts = [("", "red fish in a blue sea"), ("", "red fish"), ("", "fish red")]
        #expect(try evidence("\"red fish\" \"blue sea\"", texts).map(\.hasPhrases) == [true, false, false])
        #expect(try evidence("\"red fish\"", texts).map(\.hasPhrases) == [true, true, false])
        #expect(try evidence("red", texts).map(\.hasPhrases) == [true, true, true])
        #expect(try evidence("\"sea red\"", texts).map(\.hasPhrases) == [false, false, false])
    }

    @Test func absentChunksHaveNone() throws {
        let index = openIndex(try TestPaths.scratch("index"), dimension: 2).index
        try index.apply(removingDocuments: [], adding: [entry(1, text: "red", [1, 0])], sequence: 1)
        #expect(index.lexicalEvidence("red", chunks: [1, 2]).map { $0 == nil } == [false, true])
        #expect(try index.read { view in try view.vectors(of: [1]) }.cosines(with: 0) == [1])
        #expect { try index.read { view in try view.vectors(of: [1, 2]) } } throws: { ($0 as? IndexError)?.code == .unknownChunk }
    }
}
