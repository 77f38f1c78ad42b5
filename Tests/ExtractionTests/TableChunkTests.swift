import Citing
import Extraction
import TestSupport
import Testing

/// Tables, CSV and JSON that are longer than a passage. The cases are public bug reports of other products, and siblings of them.
@Suite(.timeLimit(.minutes(10))) struct TableChunkTests {
    private func chunks(_ source: String, _ format: DocumentFormat, _ name: String = "") throws -> (text: [UInt8], chunks: [Chunk]) {
        let document = try Extractor.extract(Array(source.utf8), format: format)
        expectSound(document, "\(name)")
        let chunks = Chunker(maxTokens: 254, targetTokens: 120, counter: PieceCounter()).chunks(of: document)
        expectExact(chunks, of: document, budget: 254, "\(name)")
        return (Array(document.text.utf8), chunks)
    }

    private static func cells(_ row: Int, _ prefix: String = "SKU") -> [String] {
        ["\(prefix)\(1000 + row)", "amber valve \(row * 7 % 83)", "\(row * 13 % 97)", ["Oslo", "Kiel", "Cork", "Vigo"][row % 4]]
    }

    private static let names = ["Part number", "Description", "Quantity on hand", "Warehouse city"]

    private static func markdown(_ rows: Range<Int>, _ prefix: String = "SKU") -> String {
        let lines = [names, names.map { _ in "---" }] + rows.map { cells($0, prefix) }
        return lines.map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n")
    }

    private static func delimited(_ delimiter: String, _ rows: Range<Int>) -> String {
        ([names] + rows.map { cells($0) }).map { $0.joined(separator: delimiter) }.joined(separator: "\n") + "\n"
    }

    private static func html(head: (String) -> String, cell: String) -> String {
        let header = "<tr>" + names.map { "<\(cell)>\($0)</\(cell)>" }.joined() + "</tr>"
        return "<table>" + head(header) + (0..<300).map { "<tr>" + cells($0).map { "<td>\($0)" }.joined() }.joined() + "</table>"
    }

    @Test(arguments: [
        ("pipes", "# Stock\n\n" + markdown(0..<300), DocumentFormat.markdown), ("csv", delimited(",", 0..<300), .csv),
        ("semicolons", delimited(";", 0..<300), .csv), ("tabs", delimited("\t", 0..<300), .csv),
        ("html", html(head: { $0 }, cell: "th"), .html), ("thead", html(head: { "<thead>\($0)</thead><tbody>" }, cell: "th"), .html),
        ("thead with td", html(head: { "<thead>\($0)</thead>" }, cell: "td"), .html), ("td only", html(head: { $0 }, cell: "td"), .html),
        ("after text", "Stock of the harbour.\n\n" + markdown(0..<300) + "\n\nEnd of the list.", .markdown),
    ])
    func eachPassageNamesItsColumns(_ name: String, _ source: String, _ format: DocumentFormat) throws {
        let (_, chunks) = try chunks(source, format, name)
        #expect(chunks.count > 10)
        for row in 0..<300 {
            let cells = Self.cells(row)
            let holders = chunks.filter { $0.text.contains(cells[0]) }
            #expect(holders.count == 1, "\(name): row \(row)")
            guard let holder = holders.first else { continue }
            let shown = holder.text + "\n" + holder.headings.joined(separator: "\n")
            #expect(cells.allSatisfy(holder.text.contains) && Self.names.allSatisfy(shown.contains), "\(name): row \(row)")
        }
    }

    @Test func eachTableHasItsOwnColumns() throws {
        let source = ["HA", "HB", "HC"].map {
            "## Hall \($0)\n\n" + Self.markdown(0..<90, $0).replacing("Warehouse city", with: "City of \($0)")
        }
        let (_, chunks) = try chunks("# Stock\n\n" + source.joined(separator: "\n\n") + "\n\nThe end of the stock.", .markdown)
        for hall in ["HA", "HB", "HC"] {
            let holders = chunks.filter { $0.text.contains("\(hall)1050") }
            #expect(holders.count == 1 && holders[0].headings.contains("Hall \(hall)"), "\(hall)")
            #expect(holders.first?.headings.last?.contains("City of \(hall)") == true, "\(hall)")
        }
        #expect(chunks.last?.headings.contains { $0.contains("City") } == false || chunks.last?.text.contains("HC") == true)
    }

    @Test func smallTablesHaveNoFurtherHeading() throws {
        let (_, chunks) = try chunks("# Stock\n\n" + Self.markdown(0..<3), .markdown)
        #expect(chunks.map(\.headings) == [["Stock"]])
    }

    @Test func wideRecordsAreCutBetweenValues() throws {
        let words = (0..<60).map { "amber\($0) valve\($0)" }
        let source =
            ((0..<60).map { "column \($0)" }.joined(separator: ",") + "\n")
            + (0..<20).map { _ in words.joined(separator: ",") + "\n" }.joined()
        let (text, chunks) = try chunks(source, .csv)
        for chunk in chunks {
            let next = chunk.span.upperBound < text.count ? text[chunk.span.upperBound] : 0x0A
            #expect(text[chunk.span.upperBound - 1] == UInt8(ascii: ",") || next == 0x0A, "\(chunk.text.suffix(30))")
        }
    }

    @Test func quotedValuesMayHoldDelimitersAndLines() throws {
        let source = "name,note\n\"Smith, J.\",\"first line\nsecond line\"\n\"O\"\"Neill\",plain\n"
        let document = try Extractor.extract(Array(source.utf8), format: .csv)
        let utf8 = Array(document.text.utf8)
        let records = document.blocks.map { String(decoding: utf8[$0.range], as: UTF8.self) }
        #expect(records == ["name,note", "\"Smith, J.\",\"first line\nsecond line\"", "\"O\"\"Neill\",plain"])
        #expect(try Extractor.extract(Array("no columns here\nnor here".utf8), format: .csv).blocks.map(\.kind) == [.paragraph])
        let unbalanced = "a,b\n\"x,1\n" + (0..<20_000).map { "\($0),y\n" }.joined()
        #expect(try Extractor.extract(Array(unbalanced.utf8), format: .csv).blocks.count == 20_002)
    }

    /// - Source: Python's `csv`, with which the records were compared.
    @Test(
        arguments: [
            ("size,item\n5\" pipe,3\n6\" pipe,4\n7\" pipe,9\n", ["size,item", "5\" pipe,3", "6\" pipe,4", "7\" pipe,9"], 0),
            ("name;qty\nx;1,5\ny;2,5\n", ["name;qty", "x;1,5", "y;2,5"], 0),
            ("Report\n\nname,qty\na,1\nb,2\n", ["Report", "name,qty", "a,1", "b,2"], 1),
            ("sep=;\nname;qty\na;1\nb;2\n", ["sep=;", "name;qty", "a;1", "b;2"], 1),
            ("a, b\n1, \"x, y\"\n3, 4\n", ["a, b", "1, \"x, y\"", "3, 4"], 0),
            ("SKU1,amber,17\nSKU2,grey,31\nSKU3,blue,8\n", ["SKU1,amber,17", "SKU2,grey,31", "SKU3,blue,8"], nil),
            ("country,2019,2020\nA,1,2\nB,3,4\n", ["country,2019,2020", "A,1,2", "B,3,4"], 0),
            ("id\ttext\n1\ta, b\n2\tc, d\n", ["id\ttext", "1\ta, b", "2\tc, d"], 0),
            ("a,b\r\n1,\"x\r\ny\"\r\n", ["a,b", "1,\"x\ny\""], 0),
        ] as [(String, [String], Int?)])
    func recordsAndTheirHeader(_ source: String, _ records: [String], _ header: Int?) throws {
        let document = try Extractor.extract(Array(source.utf8), format: .csv)
        let utf8 = Array(document.text.utf8)
        #expect(document.blocks.map { String(decoding: utf8[$0.range], as: UTF8.self) } == records)
        for (place, block) in document.blocks.enumerated() {
            let expected = header.flatMap { place > $0 ? document.blocks[$0].range : nil }
            #expect(block.header == expected, "record \(place)")
        }
    }

    private static func record(_ i: Int) -> [(String, String)] {
        [
            ("\"id\"", "\(1000 + i)"), ("\"name\"", "\"amber, \\\"valve\\\" \(i)\""), ("\"city\"", "\"Kiel {\(i)}\""),
            ("\"left\"", "\(i * 7)"),
        ]
    }

    private static func json(_ open: String, _ between: String, _ close: String, _ colon: String, _ comma: String) -> String {
        open + (0..<60).map { "{" + record($0).map { $0.0 + colon + $0.1 }.joined(separator: comma) + "}" }.joined(separator: between)
            + close
    }

    @Test(arguments: [
        ("spaced", json("{\"items\": [", ", ", "]}", ": ", ", ")), ("compact", json("{\"items\":[", ",", "]}", ":", ",")),
        ("pretty", json("{\n  \"items\": [\n    ", ",\n    ", "\n  ]\n}", ": ", ",\n      ")), ("lines", json("", "\n", "\n", ":", ",")),
        ("array", json("[", ",", "]", ":", ",")), ("deep", json("{\"a\":{\"b\":{\"c\":[1,2,[", ",", "]]}}}", ":", ",")),
        ("two", json("{\"n\":1,\"items\":[", ",", "],\"m\":{\"k\":[2,3]}}", ":", ",")),
    ])
    func recordsOfJSONAreKeptWhole(_ name: String, _ source: String) throws {
        let (_, chunks) = try chunks(source, .json, name)
        #expect(chunks.count > 3)
        for i in 0..<60 {
            let holders = chunks.filter { $0.text.contains("\(1000 + i)") }
            #expect(
                holders.count == 1 && holders[0].text.contains("Kiel {\(i)}") && holders[0].text.contains("\(i * 7)"),
                "\(name): record \(i)")
        }
    }

    @Test(arguments: ["[", "{\"a\":", "\"", "[1,", "]", "\\", "{}\n", "[[],"]) func hostileJSONIsLinear(_ piece: String) throws {
        let source = Array(repeatElement(Array(piece.utf8), count: 400_000 / piece.utf8.count).joined())
        let document = try Extractor.extract(source, format: .json)
        let chunks = Chunker(maxTokens: 254, counter: PieceCounter()).chunks(of: document)
        expectExact(chunks, of: document, budget: 254, "\(piece)")
    }

    @Test(arguments: [",", "\"", "a,", "\n", "\"\n", "a,\n", "\"a\",", ";\t|"]) func hostileCSVIsLinear(_ piece: String) throws {
        let source = Array("x,y\n".utf8) + Array(repeatElement(Array(piece.utf8), count: 400_000 / piece.utf8.count).joined())
        let document = try Extractor.extract(source, format: .csv)
        let chunks = Chunker(maxTokens: 254, counter: PieceCounter()).chunks(of: document)
        expectExact(chunks, of: document, budget: 254, "\(piece)")
    }

    @Test func rowsAreSentences() {
        func sentences(_ text: String) -> [String] {
            let utf8 = Array(text.utf8)
            return SentenceBoundaries.sentences(utf8, 0..<utf8.count).map { String(decoding: utf8[$0], as: UTF8.self) }
        }
        #expect(sentences("| a | b |\n| 1 | 2 |\n| 3 | 4 |") == ["| a | b |\n", "| 1 | 2 |\n", "| 3 | 4 |"])
        #expect(sentences("SKU1 | bolt | 4\nSKU2 | nut | 31") == ["SKU1 | bolt | 4\n", "SKU2 | nut | 31"])
        #expect(sentences("part,what,left\nQX1,bolt,4\nQX2,nut,31") == ["part,what,left\n", "QX1,bolt,4\n", "QX2,nut,31"])
        #expect(sentences("a,b\nSKU1,5\nSKU2,31") == ["a,b\n", "SKU1,5\n", "SKU2,31"])
        #expect(sentences("name, qty, city\nSKU1, 5, Cork") == ["name, qty, city\n", "SKU1, 5, Cork"])
        #expect(
            sentences("\"A1\",\"amber, spare\",\"17\"\n\"A2\",\"grey, spare\",\"31\"") == [
                "\"A1\",\"amber, spare\",\"17\"\n", "\"A2\",\"grey, spare\",\"31\"",
            ])
        #expect(sentences("[{\"a\":\"It ends.\"},{\"a\":2}]") == ["[{\"a\":\"It ends.\"},", "{\"a\":2}]"])
        #expect(
            sentences("[\n  {\n    \"a\": 1\n  },\n  {\n    \"a\": 2\n  }\n]") == [
                "[\n  {\n    \"a\": 1\n  },", "\n  {\n    \"a\": 2\n  }\n]",
            ])
        #expect(sentences("It cost 1,000 and\nwas sold for 2,000, see [1], [2].").count == 1)
        #expect(sentences("red, green and\nblue, white and\nblack, too").count == 1)
        #expect(sentences("one line\nof prose").count == 1)
    }
}
