import Extraction
import Foundation
import PDF
import Testing

/// The text of pages: paragraphs, order, directions, and what is not shown.
@Suite struct PDFTextTests {
    private static let prose = [
        "The committee met in the large hall and heard the", "report of the treasurer, who said that the funds would",
        "last until the end of the coming year and not longer.",
    ]

    @Test func linesOfAParagraphAreJoined() throws {
        let document = try SmallPDF(SmallPDF.lines(Self.prose, 72, 700)).read()
        #expect(document.blockTexts == [Self.prose.joined(separator: " ")])
        #expect(document.title == "A small file")
    }

    @Test func hyphensAtTheEndsOfLinesAreUndone() throws {
        let lines = [
            "A well-known method divides the words of a para-", "graph at the ends of its lines, as it does in a well-",
            "known book about the art of setting type by hand.",
        ]
        let text = try SmallPDF(SmallPDF.lines(lines, 72, 700)).read().text
        #expect(text.contains("a paragraph at the ends"))
        #expect(text.contains("in a well-known book"))
    }

    @Test func pagesArePartsWithLabels() throws {
        var file = SmallPDF(SmallPDF.text("First.", 72, 700), "", SmallPDF.text("Third.", 72, 700))
        file.catalog = "/PageLabels << /Nums [0 << /S /r >> 2 << /S /D >>] >>"
        let document = try file.read()
        #expect(document.partTexts == ["First.", "", "Third."])
        #expect(document.parts.map(\.label) == ["i", "ii", "1"])
        #expect(document.parts.map(\.number) == [1, 2, 3])
    }

    @Test func aParagraphGoesOnOnTheNextPage() throws {
        let first = SmallPDF.lines(["The minutes of the meeting were read by the secretary", "and after a short discus-"], 72, 120)
        let second = SmallPDF.lines(["sion of the second item they were approved by all who", "were present in the hall."], 72, 700)
        let document = try SmallPDF(first, second).read()
        #expect(document.blocks.count == 1)
        #expect(document.text.contains("a short discussion of the second item"))
        #expect(document.partTexts.first?.hasSuffix("a short discussion") == true)
        #expect(document.partTexts.last?.hasPrefix("of the second item") == true)
    }

    @Test func columnsAreReadOneAfterTheOther() throws {
        let left = (1...12).map { "left column line number \($0) of the long text" }
        let right = (1...12).map { "right column line number \($0) of the long text" }
        // The content alternates between the columns.
        let content = (0..<12).map { row in
            SmallPDF.text(left[row], 50, 700 - Double(row) * 12) + SmallPDF.text(right[row], 320, 700 - Double(row) * 12)
        }.joined()
        let text = try SmallPDF(SmallPDF.text("A title over both of the columns of this page", 150, 740) + content).read().text
        let positions = (left + right).map { text.range(of: $0)?.lowerBound }
        #expect(positions.allSatisfy { $0 != nil })
        #expect(positions.compactMap { $0 } == positions.compactMap { $0 }.sorted())
        #expect(text.hasPrefix("A title"))
    }

    @Test func aTurnedPageReadsAsItIsShown() throws {
        let turned =
            "BT /F1 10 Tf 0 1 -1 0 300 100 Tm (First line of the page) Tj ET BT /F1 10 Tf 0 1 -1 0 312 100 Tm (and its second line.) Tj ET"
        let document = try SmallPDF([SmallPDF.Page(turned, "/Rotate 90")]).read()
        #expect(document.text == "First line of the page and its second line.")
    }

    @Test func textInTheMarginAcrossThePageStandsApart() throws {
        let margin = "BT /F1 8 Tf 0 1 -1 0 30 200 Tm (stamp of the archive) Tj ET\n"
        let document = try SmallPDF(margin + SmallPDF.lines(Self.prose, 72, 700)).read()
        #expect(document.text.contains(Self.prose.joined(separator: " ")))
        #expect(document.text.contains("stamp of the archive"))
    }

    @Test func hiddenClippedAndOutsideTextIsLeftOut() throws {
        let hidden = "BT 3 Tr /F1 10 Tf 1 0 0 1 72 600 Tm (invisible words) Tj ET BT 0 Tr ET\n"
        let clipped = "q 0 0 50 50 re W n \(SmallPDF.text("clipped words", 72, 500)) Q\n"
        let outside = SmallPDF.text("words beside the page", 900, 400)
        let document = try SmallPDF(SmallPDF.text("Shown words.", 72, 700) + hidden + clipped + outside).read()
        #expect(document.text == "Shown words.")
    }

    @Test func whatAScannerRecognisedIsKept() throws {
        let image = "q 600 0 0 800 0 0 cm /I Do Q\n"
        let hidden = "BT 3 Tr /F1 10 Tf 1 0 0 1 72 600 Tm (recognised words) Tj ET\n"
        var file = SmallPDF(image + hidden)
        file.extra = [Self.image]
        #expect(try file.read().text == "recognised words")
    }

    static let image =
        "<< /Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8 /Length 1 >>\n"
        + "stream\nA\nendstream"

    @Test func ligaturesAreLetters() throws {
        var file = SmallPDF("BT /F3 10 Tf 1 0 0 1 72 700 Tm (Abc) Tj ET")
        file.extra = Self.font(map: "<41> <FB01>\n<62> <006E>\n<63> <0064>", count: 3)
        #expect(try file.read().text == "find")
    }

    /// Hebrew: the first letter stands at the right.
    @Test func rightToLeftTextIsInReadingOrder() throws {
        // The codes a, b, c, d are alef, bet, gimel, dalet. Shown from left to right: "dc ba", which reads "ab cd".
        var file = SmallPDF("BT /F3 10 Tf 1 0 0 1 72 700 Tm (dc) Tj ET BT /F3 10 Tf 1 0 0 1 90 700 Tm (ba) Tj ET")
        file.extra = Self.font(map: "<61> <05D0>\n<62> <05D1>\n<63> <05D2>\n<64> <05D3>", count: 4)
        #expect(try file.read().text == "\u{5D0}\u{5D1} \u{5D2}\u{5D3}")
    }

    /// One glyph for lam and alef, which the library gives in the order of the line.
    @Test func theLettersOfAnArabicLigatureKeepTheirOrder() throws {
        var file = SmallPDF("BT /F3 10 Tf 1 0 0 1 72 700 Tm (ab) Tj ET")
        file.extra = Self.font(map: "<61> <06440627>\n<62> <0643>", count: 2)
        #expect(try file.read().text == "\u{643}\u{644}\u{627}")
    }

    @Test func aJustifiedLineWithWideSpacesIsOneLine() throws {
        let lines = [["alpha", "beta"], ["gamma", "delta of", "words"], ["epsilon", "zeta"], ["eta theta", "iota"]]
        let content = lines.enumerated().map { row, words in
            let y = 700 - Double(row) * 12
            // The last word ends at the right edge; Helvetica's widths are in thousandths of the size.
            let width = words.last.map { $0 == "beta" ? 19.46 : $0 == "words" ? 26.67 : $0 == "zeta" ? 18.9 : 16.12 } ?? 0
            let middle = words.count > 2 ? SmallPDF.text(words[1], 72 + 55, y) : ""
            return SmallPDF.text(words[0], 72, y) + middle + SmallPDF.text(words[words.count - 1], 200 - width, y)
        }.joined()
        let document = try SmallPDF(content).read()
        #expect(document.text == lines.joined().joined(separator: " "))
    }

    /// The objects of a font whose codes stand for other characters.
    private static func font(map: String, count: Int) -> [String] {
        let stream =
            "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /A def /CMapType 2 def\n"
            + "1 begincodespacerange <00> <FF> endcodespacerange\n\(count) beginbfchar\n\(map)\nendbfchar\nendcmap end end"
        return [
            "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 7 0 R >>",
            "<< /Length \(stream.utf8.count) >>\nstream\n\(stream)\nendstream",
        ]
    }

    // MARK: Errors

    @Test func whatIsNoPDFIsMalformed() {
        for bytes in [Array("no PDF".utf8), [], Array(SmallPDF("").bytes.prefix(20))] {
            let error = #expect(throws: ExtractError.self) { try PDFReader.read(FileBytes(bytes), ReadingContext(limits: ExtractLimits())) }
            #expect(error?.code == .malformed)
        }
    }

    @Test func aPasswordIsReported() {
        var file = SmallPDF(SmallPDF.text("secret", 72, 700))
        let key = String(repeating: "0A", count: 32)
        file.trailer = "/Encrypt << /Filter /Standard /V 1 /R 2 /O <\(key)> /U <\(key)> /P -4 >> /ID [<00> <00>]"
        let error = #expect(throws: ExtractError.self) { try file.read() }
        #expect(error?.code == .encrypted)
    }

    @Test func pagesBeyondTheLimitAreRejected() {
        let limits = ExtractLimits(maxParts: 2)
        let error = #expect(throws: ExtractError.self) { try SmallPDF("", "", "").read(limits: limits) }
        #expect(error?.code == .tooLarge)
    }

    @Test func textBeyondTheLimitIsRejected() {
        let limits = ExtractLimits(maxTextBytes: 10)
        let error = #expect(throws: ExtractError.self) { try SmallPDF(SmallPDF.lines(Self.prose, 72, 700)).read(limits: limits) }
        #expect(error?.code == .tooLarge)
    }

    // MARK: The library

    @Test func theLibraryIsLookedForInOrder() {
        func find(_ variable: String?, _ present: String...) -> String? {
            PDFLibrary.locate(variable: variable, program: "/opt/app/bin/contextd", exists: present.contains)
        }
        #expect(find("/x/p.so", "/x/p.so", "/opt/lib/libpdfium.so") == "/x/p.so")
        #expect(find("/x/p.so", "/opt/app/lib/libpdfium.so") == nil)
        #expect(find("p.so", "p.so") == nil)
        #expect(find("", "/opt/app/lib/libpdfium.so", "/opt/lib/libpdfium.so") == "/opt/app/lib/libpdfium.so")
        #expect(find(nil, "/home/user/lib/libpdfium.so", "lib/libpdfium.so") == nil)
        #expect(find(nil) == nil)
    }
}
