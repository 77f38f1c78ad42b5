import Citing
import Extraction
import TestSupport
import Testing

/// Passages and the pages, sheets, slides and attachments that they are in.
@Suite struct PartChunkTests {
    private func chunks(_ document: ExtractedDocument, title: String? = nil, target: Int = 40) -> [Chunk] {
        Chunker(maxTokens: 64, targetTokens: target, counter: PieceCounter()).chunks(of: document, title: title)
    }

    private func document(_ write: (inout DocumentBuilder) -> Void) throws -> ExtractedDocument {
        var builder = DocumentBuilder(limits: ExtractLimits())
        write(&builder)
        return try builder.document(title: nil, mediaType: .plainText)
    }

    @Test func aPassageNamesThePagesThatItHasTextOf() throws {
        let pages = try document { builder in
            for (label, text) in [("i", "alpha one"), (nil, "beta two"), ("1", "gamma three")] {
                builder.beginPart(.page, label: label)
                builder.paragraph(text)
            }
        }
        let joined = try #require(chunks(pages).first)
        #expect(joined.text == "alpha one\n\nbeta two\n\ngamma three" && joined.headings.isEmpty)
        let place = try #require(joined.parts.place)
        #expect(place.page == 1 && place.pageEnd == 3 && place.pageLabel == "i" && place.text == "pages 1–3")
        let single = chunks(pages, target: 1).compactMap(\.parts.place)
        #expect(single.map(\.page) == [1, 2, 3] && single.map(\.pageEnd) == [nil, nil, nil])
        #expect(single.map(\.pageLabel) == ["i", nil, "1"])
    }

    @Test(arguments: [DocumentPart.Kind.sheet, .slide, .attachment])
    func nothingOfTwoSheetsIsInOnePassage(kind: DocumentPart.Kind) throws {
        let sheets = try document { builder in
            builder.paragraph("before")
            for name in ["Prices", "Costs"] {
                builder.beginPart(kind, label: name)
                builder.paragraph("one \(name)")
                builder.paragraph("two \(name)")
            }
            builder.endPart()
            builder.paragraph("after")
        }
        let found = chunks(sheets)
        #expect(found.map(\.text) == ["before", "one Prices\n\ntwo Prices", "one Costs\n\ntwo Costs", "after"])
        #expect(found.map(\.headings) == [[], ["Prices"], ["Costs"], []])
        #expect(found.map(\.parts.first?.number) == [nil, 1, 2, nil])
        expectExact(found, of: sheets, budget: 64)
    }

    @Test func theNameIsAHeadingOnce() throws {
        let slides = try document { builder in
            builder.beginPart(.slide, label: "Results")
            builder.heading("results", level: 2)
            builder.paragraph("They are good.")
            builder.beginPart(.slide, label: "Deck")
            builder.paragraph("Nothing else.")
            builder.beginPart(.slide, label: "Outlook")
            builder.heading("What comes", level: 2)
            builder.paragraph("More of it.")
        }
        #expect(chunks(slides, title: "deck").map(\.headings) == [["results"], [], ["Outlook", "What comes"]])
    }

    @Test func aHeadingInsideASheetEnclosesNothingOutside() throws {
        let sheets = try document { builder in
            builder.heading("Book", level: 1)
            builder.paragraph(words(30))
            builder.beginPart(.sheet, label: "A")
            builder.heading("Inside", level: 2)
            builder.paragraph(words(30))
            builder.beginPart(.sheet, label: "B")
            builder.paragraph(words(30))
        }
        #expect(chunks(sheets).map(\.headings) == [["Book"], ["A", "Book", "Inside"], ["B", "Book"]])
    }

    @Test func aBlockThatCrossesASheetIsCut() {
        let text = "one two three four"
        let document = ExtractedDocument(
            title: nil, text: text, blocks: [TextBlock(kind: .paragraph, range: 0..<18)], mediaType: .plainText,
            parts: [DocumentPart(kind: .sheet, number: 1, range: 0..<8), DocumentPart(kind: .sheet, number: 2, range: 8..<18)])
        #expect(chunks(document).map(\.text) == ["one two", "three four"])
        #expect(chunks(document).map(\.parts.place?.sheet) == ["1", "2"])
    }

    @Test func formFeedsSeparatePages() throws {
        func parts(_ text: String, maximum: Int = 100) throws -> [DocumentPart] {
            try Extractor.extract(Array(text.utf8), format: .plainText, limits: ExtractLimits(maxParts: maximum)).parts
        }
        let text = "first page\n\u{C}\n second\n\u{C}\n\u{C}last\n\u{C}\n"
        let found = try parts(text)
        let pages = found.map { String(decoding: Array(text.utf8)[$0.range], as: UTF8.self) }
        #expect(pages == ["first page", "second", "", "last"])
        #expect(found.map(\.number) == [1, 2, 3, 4] && found.allSatisfy { $0.kind == .page })
        #expect(try parts("no page at all").isEmpty)
        #expect(try parts(text, maximum: 3).isEmpty)
        #expect(try parts("\u{C}one").map(\.range) == [0..<0, 1..<4])
    }

    /// Random parts over random blocks: the invariants of chunks, and parts that are found by a slow search too.
    @Test(arguments: 0..<200) func randomPartsAreExact(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let document = try document { builder in
            for _ in 0..<Int.random(in: 1...12, using: &random) {
                switch Int.random(in: 0..<7, using: &random) {
                case 0: builder.beginPart(.page)
                case 1: builder.beginPart(.sheet, label: "S\(Int.random(in: 0..<3, using: &random))")
                case 2: builder.beginPart(.slide)
                case 3: builder.endPart()
                case 4: builder.heading("Heading", level: Int.random(in: 1...3, using: &random))
                default: break
                }
                builder.paragraph(words(Int.random(in: 1...40, using: &random)))
            }
        }
        let found = chunks(document)
        expectExact(found, of: document, budget: 64, "seed \(seed)")
        for chunk in found {
            #expect(chunk.parts == document.passageParts.filter { $0.span.overlaps(chunk.span) }, "seed \(seed)")
            for part in document.passageParts where part.isSeparate && part.span.overlaps(chunk.span) {
                #expect(part.span.clamped(to: chunk.span) == chunk.span, "seed \(seed)")
            }
        }
    }

    /// Parts that no reader would make: overlapping, out of order and outside the text.
    @Test(arguments: 0..<300) func hostilePartsDoNoHarm(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let text = "ä one two three\n\nfour five ü"
        let parts = (0..<Int.random(in: 0..<6, using: &random)).map { _ in
            let start = Int.random(in: -5..<60, using: &random)
            return DocumentPart(
                kind: DocumentPart.Kind.allCases[Int.random(in: 0..<4, using: &random)], number: 1,
                range: start..<start + Int.random(in: 0..<20, using: &random))
        }
        let document = ExtractedDocument(
            title: nil, text: text, blocks: [TextBlock(kind: .paragraph, range: 0..<16)], mediaType: .plainText, parts: parts)
        expectExact(chunks(document), of: document, budget: 64, "seed \(seed)")
        var end = 0
        for part in document.passageParts {
            #expect(part.span.lowerBound >= end && part.span.upperBound <= text.utf8.count, "seed \(seed)")
            end = part.span.upperBound
        }
    }
}
