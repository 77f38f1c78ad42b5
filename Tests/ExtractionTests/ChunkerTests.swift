import Citing
import Extraction
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct ChunkerTests {
    static let chunker = Chunker(maxTokens: 120, targetTokens: 80, reservedTokens: 20, counter: PieceCounter())

    @Test(arguments: 0..<40 as Range<UInt64>) func spansAreExactAndCoverTheText(seed: UInt64) throws {
        var random = RandomDocuments(seed: seed)
        let sources: [(String, DocumentFormat)] = [
            (random.markdown(), .markdown), (random.html(), .html), (random.words(random.number(1...2000)), .plainText),
        ]
        for (source, format) in sources {
            guard let document = try? Extractor.extract(Array(source.utf8), format: format) else { continue }
            let chunks = Self.chunker.chunks(of: document, title: document.title)
            expectExact(chunks, of: document, budget: 100, "seed \(seed) \(format)")
            #expect(chunks == Self.chunker.chunks(of: document, title: document.title))
            let tight = Chunker(maxTokens: 3, targetTokens: 2, counter: PieceCounter())
            expectExact(tight.chunks(of: document), of: document, budget: 3, "seed \(seed) \(format) tight")
            let jumpy = Chunker(maxTokens: 30, counter: JumpyCounter())
            expectExact(jumpy.chunks(of: document), of: document, budget: 30, counter: JumpyCounter(), "seed \(seed) \(format) jumpy")
        }
    }

    @Test func sectionsStayApart() throws {
        let document = try markdown("# A\n\n\(words(60))\n\n## B\n\n\(words(60))\n\n### C\n\n\(words(60))\n\n## D\n\n\(words(60))\n")
        let chunks = Self.chunker.chunks(of: document)
        #expect(chunks.map(\.headings) == [["A"], ["A", "B"], ["A", "B", "C"], ["A", "D"]])
        #expect(chunks.map { $0.text.prefix(5) } == ["# A\n\n", "## B\n", "### C", "## D\n"])
    }

    @Test func smallSiblingsShareAChunkUnderTheirParent() throws {
        let small = ["B", "C", "D"].map { "## \($0)\n\n\(words(10))\n\n" }.joined()
        let chunks = Self.chunker.chunks(of: try markdown("# A\n\n\(words(70))\n\n\(small)# E\n\n\(words(70))\n"))
        #expect(chunks.map(\.headings) == [["A"], ["A"], ["E"]])
        #expect(chunks[1].text.hasPrefix("## B") && chunks[1].text.contains("## D"))
    }

    @Test func headingsWithoutTextGoWithWhatFollows() throws {
        let chunks = Self.chunker.chunks(of: try markdown("# A\n\n\(words(60))\n\n## B\n\n### C\n\n\(words(90))\n\n\(words(60))\n"))
        #expect(chunks.map(\.headings) == [["A"], ["A", "B", "C"], ["A", "B", "C"]])
        #expect(chunks[1].text.hasPrefix("## B\n\n### C\n\nword"))
    }

    @Test func aHeadingThatRepeatsTheTitleIsLeftOut() throws {
        let document = try markdown("# The *Guide*\n\n## Install\n\n\(words(50))")
        #expect(Self.chunker.chunks(of: document, title: "the guide").map(\.headings) == [["Install"]])
        #expect(Self.chunker.chunks(of: document, title: "Other").map(\.headings) == [["The Guide", "Install"]])
    }

    @Test func paragraphsArePackedToTheTarget() throws {
        let source = (0..<8).map { _ in words(30) }.joined(separator: "\n\n")
        #expect(Self.chunker.chunks(of: try markdown(source)).map(\.tokenCount) == [60, 60, 60, 60])
        // The remainder is added to the previous chunk.
        #expect(Self.chunker.chunks(of: try markdown(words(75) + "\n\n" + words(10))).map(\.tokenCount) == [85])
    }

    @Test func longParagraphsAreCutAfterSentences() throws {
        let sentences = (0..<20).map { "Sentence \($0) by Dr. Smith is \(words(6)) long." }
        let chunks = Self.chunker.chunks(of: try markdown(sentences.joined(separator: " ")))
        #expect(chunks.count > 2)
        for chunk in chunks { #expect(chunk.text.hasPrefix("Sentence") && chunk.text.hasSuffix("long.")) }
    }

    @Test func longCodeIsCutAfterLines() throws {
        let lines = (0..<60).map { "let value\($0) = compute(a, b)" }
        let chunks = Self.chunker.chunks(of: try markdown("```\n" + lines.joined(separator: "\n") + "\n```"))
        #expect(chunks.count > 2)
        for line in chunks.flatMap({ $0.text.split(separator: "\n") }) { #expect(line == "```" || lines.contains(String(line))) }
    }

    @Test func monsterWordsAreCutBetweenScalars() throws {
        for word in [String(repeating: "x", count: 50_000), String(repeating: "検", count: 5000), String(repeating: "👩‍💻", count: 3000)] {
            let document = try markdown("before \(word) after")
            expectExact(Self.chunker.chunks(of: document), of: document, budget: 100)
        }
    }

    @Test func headingPathsAreBounded() throws {
        let document = try markdown("# \(words(10_000))\n\n" + words(500))
        for chunk in Self.chunker.chunks(of: document) {
            #expect(chunk.headings.allSatisfy { $0.unicodeScalars.count <= 200 })
        }
    }

    @Test func blocksThatDoNotFitTheTextAreCutToFit() {
        let ranges = [(-5)..<3, 2..<4, 3..<3, 1..<2, 4..<400, 7..<9]
        let blocks = ranges.map { TextBlock(kind: .heading(level: 1), range: $0) }
        let document = ExtractedDocument(title: nil, text: "äöü äöü", blocks: blocks, mediaType: .plainText)
        expectExact(Self.chunker.chunks(of: document), of: document, budget: 100)
        let bare = ExtractedDocument(title: nil, text: " a\n\nb ", blocks: [], mediaType: .plainText)
        #expect(Self.chunker.chunks(of: bare).map(\.text) == ["a\n\nb"])
    }

    /// Each byte is counted a few times at most, regardless of the structure of the text.
    @Test(arguments: [
        "word ", "Sentence one. ", "line\n", "para\n\n", "# h\n\n", "x", "中文字", "中文。", ". ", "\n", "- i\n", "# h\n## i\ntext\n\n",
        "| a |\n|-|\n",
    ])
    func countingIsLinear(_ piece: String) throws {
        let counter = MeteredCounter()
        let document = try markdown("start " + String(repeating: piece, count: 300_000 / piece.utf8.count) + " end")
        let chunks = Chunker(maxTokens: 254, reservedTokens: 40, counter: counter).chunks(of: document)
        #expect(!chunks.isEmpty)
        #expect(counter.bytes <= 7 * document.text.utf8.count, "\(piece)")
    }
}
