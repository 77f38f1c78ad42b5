import Extraction
import Testing

@Suite struct SheetTests {
    private func read(_ content: String, strings: String = "", styles: String = "", workbook: String = "") throws -> ExtractedDocument {
        let sheets = [(name: "Data", state: "visible", content: content)]
        return try OfficeSamples.read(OfficeSamples.xlsx(sheets, strings: strings, styles: styles, workbook: workbook), .xlsx)
    }

    @Test func sheetsArePartsAndHiddenOnesHaveNoText() throws {
        let sheets = [
            (name: "First", state: "visible", content: OfficeSamples.rows([["a", "b"]])),
            (name: "Secret", state: "hidden", content: OfficeSamples.rows([["x", "y"]])),
            (name: "Last", state: "visible", content: OfficeSamples.rows([["c", "d"]])),
        ]
        let document = try OfficeSamples.read(OfficeSamples.xlsx(sheets), .xlsx)
        #expect(document.text == "First\n\na | b\n\nLast\n\nc | d")
        #expect(document.parts.map(\.label) == ["First", "Secret", "Last"])
        #expect(document.parts.map(\.number) == [1, 2, 3])
        #expect(document.partTexts == ["First\n\na | b", "", "Last\n\nc | d"])
    }

    @Test func theHeaderIsFoundBelowTitles() throws {
        let document = try read(OfficeSamples.rows([["Prices"], ["Fruit", "Price"], ["Apple", "2"], ["", "3"]]))
        #expect(document.text == "Data\n\nPrices\n\nFruit | Price\nApple | 2\n| 3")
        #expect(document.header(of: "Apple | 2") == "Fruit | Price")
        #expect(document.header(of: "Fruit") == nil)
    }

    @Test func tablesAreDividedByBlankRowsAndColumns() throws {
        let rows = [
            ["Name", "Age", "", "City", "Size"], ["Ann", "3", "", "Rome", "10"], ["Bob", "4", "", "Oslo", "20"], [],
            ["Kind", "Cost"], ["Tax", "7"],
        ]
        let document = try read(OfficeSamples.rows(rows))
        #expect(document.header(of: "Oslo | 20") == "City | Size")
        #expect(document.header(of: "Bob | 4") == "Name | Age")
        #expect(document.header(of: "Tax | 7") == "Kind | Cost")
    }

    @Test func aSpacerRowDoesNotEndATable() throws {
        let document = try read(OfficeSamples.rows([["Name", "Age"], ["Ann", "3"], [], ["Total", "3"]]))
        #expect(document.header(of: "Total | 3") == "Name | Age")
    }

    @Test func sharedStringsHaveNoReadings() throws {
        let strings = "<si><r><t>rich </t></r><r><t>text</t></r></si>"
            + "<si><t>東京</t><rPh sb=\"0\" eb=\"2\"><t>トウキョウ</t></rPh></si>"
        let cells =
            #"<sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c>"#
            + #"<c r="C1" t="s"><v>99</v></c></row></sheetData>"#
        #expect(try read(cells, strings: strings).text == "Data\n\nrich text | 東京")
    }

    @Test func valuesOfFormulasTruthAndErrorsAreShown() throws {
        let cells = """
            <sheetData><row><c><f>SUM(A2:A9)</f><v>12</v></c><c t="str"><f>A1&amp;"x"</f><v>twelve</v></c><c t="b"><v>1</v></c>\
            <c t="e"><v>#N/A</v></c></row></sheetData>
            """
        #expect(try read(cells).text == "Data\n\n12 | twelve | TRUE | #N/A")
    }

    @Test func mergedCellsAreRepeatedDownwards() throws {
        let rows = OfficeSamples.rows([["Group", "Item"], ["Fruit", "1"], ["", "2"]])
        let document = try read(rows + #"<mergeCells><mergeCell ref="A2:A3"/></mergeCells>"#)
        #expect(document.text.hasSuffix("Fruit | 1\nFruit | 2"))
    }

    static let shown: [(code: String, value: String, text: String)] = [
        ("General", "1234567.5", "1234567.5"), ("General", "0.30000000000000004", "0.3"), ("General", "-12", "-12"),
        ("0", "2.5", "2"), ("0.00", "3.14159", "3.14"), ("#,##0", "1234567", "1234567"), ("#,##0.00", "1234.5", "1234.50"),
        ("0.0#", "1.5", "1.5"), ("0.0#", "1.256", "1.26"), ("00000", "42", "00042"), ("0%", "0.126", "13%"), ("0.0%", "-0.126", "-12.6%"),
        ("#,##0;(#,##0)", "-1234", "(1234)"), ("0;-0;&quot;none&quot;", "0", "none"), ("#,##0;-#,##0;&quot;-&quot;", "0", "0"),
        ("[Red]0.0", "7", "7.0"), ("&quot;EUR&quot; 0.00", "5", "EUR 5.00"), ("[$€-407] 0", "5", "€ 5"),
        ("0.0,,&quot;M&quot;", "2500000", "2.5M"),
        ("000-0000", "5551234", "555-1234"), ("0.00E+00", "12345", "1.23E+04"), ("##0.0E+0", "12345", "12.3E+3"),
        ("# ?/?", "2.75", "2 3/4"),
        ("# ??/??", "0.12", "3/25"), ("[&gt;100]&quot;big&quot;;&quot;small&quot;", "101", "big"),
        ("[&gt;100]&quot;big&quot;;&quot;small&quot;", "5", "small"),
        ("yyyy-mm-dd", "45292", "2024-01-01"), ("d/m/yy", "61", "1/3/00"), ("d mmmm yyyy", "1", "1 January 1900"),
        ("dddd, d mmm", "45292", "Monday, 1 Jan"), ("h:mm AM/PM", "0.75", "6:00 PM"), ("hh:mm:ss", "0.5", "12:00:00"),
        ("[h]:mm", "1.5", "36:00"), ("mm:ss.0", "0.00001157407", "00:01.0"), ("yyyy\\-mm\\-dd hh:mm", "45292.999999", "2024-01-02 00:00"),
        ("@", "12", "12"),
    ]

    @Test(arguments: shown) func numbersAreShownInTheirFormat(code: String, value: String, text: String) throws {
        let styles = #"<numFmts><numFmt numFmtId="170" formatCode="\#(code)"/></numFmts><cellXfs><xf numFmtId="170"/></cellXfs>"#
        let cells = #"<sheetData><row><c s="0"><v>\#(value)</v></c></row></sheetData>"#
        #expect(try read(cells, styles: styles).text == "Data\n\n\(text)")
    }

    @Test func builtInDatesAndTheCalendarOf1904() throws {
        let styles = #"<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="10"/></cellXfs>"#
        let cells = #"<sheetData><row><c s="1"><v>1</v></c><c s="2"><v>0.5</v></c><c s="77"><v>9</v></c></row></sheetData>"#
        #expect(try read(cells, styles: styles).text == "Data\n\n1900-01-01 | 50.00% | 9")
        #expect(try read(cells, styles: styles, workbook: #"<workbookPr date1904="1"/>"#).text == "Data\n\n1904-01-02 | 50.00% | 9")
    }

    @Test func aLargeSheetIsReadRowByRow() throws {
        let count = 60_000
        let data = (2...count).map { #"<row r="\#($0)"><c><v>\#($0)</v></c><c><v>1</v></c><c><v>2</v></c><c><v>3</v></c></row>"# }
        let names = ["a", "b", "c", "d"].map { "<c t=\"inlineStr\"><is><t>\($0)</t></is></c>" }.joined()
        let document = try read("<sheetData><row r=\"1\">\(names)</row>\(data.joined())</sheetData>")
        #expect(document.blocks.count == count + 1)
        #expect(document.header(of: "59999 | 1") == "a | b | c | d")
    }

    @Test func cellsFarAwayCostNothing() throws {
        let cells =
            #"<sheetData><row r="1"><c r="A1"><v>1</v></c><c r="XFD1"><v>2</v></c></row>"#
            + #"<row r="1048576"><c r="XFD1048576"><v>3</v></c></row></sheetData>"#
        #expect(try read(cells).text.utf8.count < 100)
    }
}
