import Extraction
import PDF
import Testing

/// Headings, lists, tables, notes, fields and what repeats on pages.
@Suite struct PDFStructureTests {
    private static func body(_ y: Double, x: Double = 72) -> String {
        SmallPDF.lines(
            [
                "The committee met in the large hall and heard the", "report of the treasurer, who said that the funds would",
                "last until the end of the coming year and not longer.",
            ], x, y)
    }

    // MARK: Headings

    @Test func largeAndBoldLinesAreHeadings() throws {
        let document = try SmallPDF(
            SmallPDF.text("Annual report", 72, 740, size: 20) + SmallPDF.text("1.1 Results", 72, 700, bold: true) + Self.body(680)
                + SmallPDF.text("Outlook", 72, 620, size: 14) + Self.body(600)
        ).read()
        #expect(document.headings == ["Annual report", "1.1 Results", "Outlook"])
        #expect(document.blocks.first?.kind == .heading(level: 1))
        #expect(document.blocks.count == 5)
    }

    @Test func titlesOfTheOutlineAreHeadings() throws {
        var file = SmallPDF(SmallPDF.text("Plain words", 72, 700) + Self.body(660))
        file.extra = [
            "<< /Type /Outlines /First 7 0 R /Last 7 0 R /Count 1 >>", "<< /Title (Plain words) /Parent 6 0 R /Dest [8 0 R /Fit] >>",
        ]
        file.catalog = "/Outlines 6 0 R"
        #expect(try file.read().headings == ["Plain words"])
    }

    @Test func anOutlineThatLeadsBackToItselfEnds() throws {
        var file = SmallPDF(Self.body(660))
        file.extra = [
            "<< /Type /Outlines /First 7 0 R /Last 7 0 R /Count 1 >>",
            "<< /Title (Round) /Parent 6 0 R /Next 7 0 R /First 7 0 R /Last 7 0 R /Dest [8 0 R /Fit] >>",
        ]
        file.catalog = "/Outlines 6 0 R"
        #expect(try file.read().blocks.count == 1)
    }

    @Test func tagsMakeHeadings() throws {
        let content = "/H2 << /MCID 0 >> BDC \(SmallPDF.text("Tagged words", 72, 700)) EMC /P << /MCID 1 >> BDC \(Self.body(688)) EMC"
        var file = SmallPDF([SmallPDF.Page(content, "/StructParents 0")])
        file.extra = [
            "<< /Type /StructTreeRoot /K [7 0 R 8 0 R] /ParentTree 9 0 R /ParentTreeNextKey 1 >>",
            "<< /Type /StructElem /S /H2 /P 6 0 R /Pg 10 0 R /K 0 >>", "<< /Type /StructElem /S /P /P 6 0 R /Pg 10 0 R /K 1 >>",
            "<< /Nums [0 [7 0 R 8 0 R]] >>",
        ]
        file.catalog = "/StructTreeRoot 6 0 R /MarkInfo << /Marked true >>"
        let document = try file.read()
        #expect(document.headings == ["Tagged words"])
        #expect(document.blocks.first?.kind == .heading(level: 2))
    }

    // MARK: Lists

    @Test func itemsOfAListAreBlocks() throws {
        let document = try SmallPDF(SmallPDF.lines(["1. apples from the south", "2. pears", "3. plums and cherries"], 72, 700)).read()
        #expect(document.blocks.map(\.kind) == [.listItem, .listItem, .listItem])
        #expect(document.text == "1. apples from the south\n2. pears\n3. plums and cherries")
    }

    // MARK: Tables

    @Test func rulesMakeATable() throws {
        let (us, vs) = ([72.0, 172, 272, 372], [700.0, 680, 660, 640])
        let grid =
            us.map { SmallPDF.rule($0, 640, $0, 700) }.joined() + vs.map { SmallPDF.rule(72, $0, 372, $0) }.joined()
        let cells = [["Name", "Town", "Count"], ["Miller", "Bern", "12"], ["Smith", "", "7"]]
        let text = cells.enumerated().map { row, cells in
            cells.enumerated().map { SmallPDF.text($1, us[$0] + 4, vs[row] - 14) }.joined()
        }.joined()
        let document = try SmallPDF(Self.body(760) + grid + text).read()
        #expect(document.rows == ["Name | Town | Count", "Miller | Bern | 12", "Smith |  | 7"])
        let header = document.blocks.first { $0.kind == .tableRow }?.range
        #expect(document.blocks.filter { $0.kind == .tableRow }.map(\.header) == [nil, header, header])
    }

    @Test func alignedNumbersMakeATable() throws {
        let rows = [
            ["Region", "2023", "2024"], ["North", "12.5", "13.1"], ["South", "8.0", "9.4"], ["West and islands", "101.2", "99.9"],
        ]
        let text = rows.enumerated().map { row, cells in
            zip(cells, [72.0, 240, 340]).map { SmallPDF.text($0, $1, 600 - Double(row) * 14) }.joined()
        }.joined()
        let document = try SmallPDF(Self.body(660) + text + Self.body(500)).read()
        #expect(document.rows == rows.map { $0.joined(separator: " | ") })
        #expect(document.blocks.first?.kind == .paragraph && document.blocks.last?.kind == .paragraph)
    }

    // MARK: Pages

    @Test func runningLinesAndPageNumbersAreLeftOut() throws {
        let pages = (1...5).map { number in
            SmallPDF.Page(
                SmallPDF.text("Report of the treasurer", 72, 770) + Self.body(700) + SmallPDF.text("Words of page \(number * 17).", 72, 600)
                    + SmallPDF.text("Page \(number)", 280, 30))
        }
        let text = try SmallPDF(pages).read().text
        #expect(text.components("Report of the treasurer") == 1)
        #expect(!text.contains("Page 1") && !text.contains("Page 5"))
        #expect(text.components("Words of page") == 5)
    }

    @Test func footnotesFollowThePage() throws {
        let page =
            (0..<6).map { Self.body(720 - Double($0) * 45) }.joined()
            + SmallPDF.text("1 See the report of the year before, at page twelve.", 72, 60, size: 7)
        let left = SmallPDF.Page(page)
        let document = try SmallPDF([left, SmallPDF.Page(Self.body(700))]).read()
        #expect(document.partTexts.first?.hasSuffix("at page twelve.") == true)
    }

    // MARK: Fields and notes

    @Test func valuesOfFieldsAndNotesAreKept() throws {
        var file = SmallPDF([SmallPDF.Page(SmallPDF.text("Name:", 72, 700), "/Annots [6 0 R 7 0 R 8 0 R]")])
        file.extra = [
            "<< /Type /Annot /Subtype /Widget /FT /Tx /T (name) /V (Ada Lovelace) /Rect [110 695 300 712] >>",
            "<< /Type /Annot /Subtype /Text /Contents (Please check this.) /Rect [400 700 420 720] >>",
            "<< /Type /Annot /Subtype /Text /Contents (Not shown) /F 2 /Rect [400 600 420 620] >>",
        ]
        file.catalog = "/AcroForm << /Fields [6 0 R] >>"
        let text = try file.read().text
        #expect(text.contains("Name: Ada Lovelace"))
        #expect(text.contains("Please check this."))
        #expect(!text.contains("Not shown"))
    }

    // MARK: Recognition

    private struct Reader: TextRecogniser {
        func lines(of image: GrayImage) throws(ExtractError) -> [RecognisedLine] {
            // The page is white with a black square in its middle.
            guard image.pixels.first == 255, image.pixels[image.height / 2 * image.width + image.width / 2] < 80 else { return [] }
            return [
                RecognisedLine(text: "Words in the", paragraph: 0), RecognisedLine(text: "picture.", paragraph: 0),
                RecognisedLine(text: "\(image.dotsPerInch)", paragraph: 1),
            ]
        }
    }

    private static let scan: SmallPDF = {
        var file = SmallPDF(SmallPDF.text("A page with text.", 72, 700), "q 300 0 0 400 150 200 cm /I Do Q")
        file.extra = [PDFTextTests.image]
        return file
    }()

    @Test func pagesWithoutTextAreRecognised() throws {
        #expect(try Self.scan.read(Reader()).partTexts == ["A page with text.", "Words in the picture.\n\n200"])
        #expect(try Self.scan.read().partTexts == ["A page with text.", ""])
    }

    @Test func aDocumentWithoutTextIsReported() {
        var file = Self.scan
        file.pages.removeFirst()
        let error = #expect(throws: ExtractError.self) { try file.read() }
        #expect(error?.code == .noTextLayer)
    }
}

extension String {
    /// How often the words occur.
    fileprivate func components(_ words: String) -> Int { ranges(of: words).count }
}
