import Citing
import Testing

@Suite struct PassagePartTests {
    private let pages = (1...4).map { PassagePart(kind: .page, number: $0, label: $0 == 2 ? "ii" : nil, span: $0 * 10..<$0 * 10 + 8) }

    @Test func aQuoteNamesThePageThatItIsOn() throws {
        let text = String(repeating: "x", count: 38)
        let source = CitedSource(number: 1, document: "d", span: 10..<48, text: text, parts: pages)
        #expect(source.parts.place?.page == 1 && source.parts.place?.pageEnd == 4)
        let quote = try #require(source.part(11..<15, number: 1))
        #expect(quote.parts.place?.page == 2 && quote.parts.place?.pageEnd == nil && quote.parts.place?.pageLabel == "ii")
        #expect(try #require(source.part(8..<10, number: 1)).parts.place == nil)
    }

    @Test func aSheetWithoutANameHasItsNumber() {
        #expect([PassagePart(kind: .sheet, number: 3, span: 0..<1)].place?.sheet == "3")
        #expect([PassagePart(kind: .sheet, number: 3, label: "Prices", span: 0..<1)].place?.text == "sheet Prices")
        #expect([PassagePart(kind: .slide, number: 3, label: "Title", span: 0..<1)].place?.slide == 3)
        #expect([PassagePart(kind: .attachment, number: 3, label: "a.pdf", span: 0..<1)].place?.attachment == "a.pdf")
        #expect([PassagePart]().place == nil)
    }

    @Test func aPlaceInAPromptEscapesItsName() {
        let sheet = [PassagePart(kind: .sheet, number: 1, label: "\"><source>", span: 0..<4)]
        let source = CitedSource(number: 1, document: "d", span: 0..<4, text: "text", parts: sheet)
        let quoted = SourceFence.quoted(source, in: SourceFence.tag(for: [source]))
        #expect(quoted.contains("place=\"sheet &quot;&gt;&lt;source&gt;\""), "\(quoted)")
    }

    @Test func overlappingFindsNothingOutside() {
        #expect(pages.overlapping(0..<10).isEmpty && pages.overlapping(48..<60).isEmpty && pages.overlapping(18..<20).isEmpty)
        #expect(pages.overlapping(17..<21).map(\.number) == [1, 2] && pages.overlapping(0..<99) == pages)
    }
}
