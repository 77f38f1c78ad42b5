import Extraction
import Office

/// Small documents, made from the XML that a test is about.
enum OfficeSamples {
    static let relationships = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    static let packageRelationships = "http://schemas.openxmlformats.org/package/2006/relationships"
    private static let header = #"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#

    /// Returns a part of relationships: ids, types and targets.
    static func relations(_ list: [(id: String, type: String, target: String)]) -> String {
        let items = list.map { #"<Relationship Id="\#($0.id)" Type="\#(relationships)/\#($0.type)" Target="\#($0.target)"/>"# }
        return header + #"<Relationships xmlns="\#(packageRelationships)">\#(items.joined())</Relationships>"#
    }

    private static func root(_ target: String) -> (name: String, content: String) {
        ("_rels/.rels", relations([("rId1", "officeDocument", target)]))
    }

    // MARK: Word

    static let word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    private static let wordNames =
        #"xmlns:w="\#(word)" xmlns:r="\#(relationships)" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" "#
        + #"xmlns:v="urn:schemas-microsoft-com:vml" xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape""#

    /// - Parameter parts: further parts of the folder `word`, by name, as the content of their root `w:NAME`.
    static func docx(_ body: String, parts: [String: String] = [:], others: [(name: String, content: String)] = []) -> [UInt8] {
        var entries = [root("word/document.xml")]
        entries.append(("word/document.xml", header + "<w:document \(wordNames)><w:body>\(body)</w:body></w:document>"))
        for (name, content) in parts.sorted(by: { $0.key < $1.key }) {
            entries.append(("word/\(name).xml", header + "<w:\(name) \(wordNames)>\(content)</w:\(name)>"))
        }
        return ZipWriter.archive(entries + others)
    }

    static func paragraph(_ text: String, properties: String = "") -> String {
        "<w:p>\(properties.isEmpty ? "" : "<w:pPr>\(properties)</w:pPr>")\(run(text))</w:p>"
    }

    static func run(_ text: String, properties: String = "") -> String {
        "<w:r>\(properties.isEmpty ? "" : "<w:rPr>\(properties)</w:rPr>")<w:t xml:space=\"preserve\">\(text)</w:t></w:r>"
    }

    // MARK: Sheets

    static let sheet = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"

    /// - Parameters:
    ///   - sheets: names, states and the content of `worksheet`.
    ///   - strings: the content of `sst`.
    ///   - styles: the content of `styleSheet`.
    static func xlsx(
        _ sheets: [(name: String, state: String, content: String)], strings: String = "", styles: String = "", workbook: String = ""
    ) -> [UInt8] {
        var entries = [root("xl/workbook.xml")]
        let list = sheets.enumerated().map { number, sheet in
            #"<sheet name="\#(sheet.name)" sheetId="\#(number + 1)" state="\#(sheet.state)" r:id="rId\#(number + 1)"/>"#
        }
        entries.append(
            (
                "xl/workbook.xml",
                #"<workbook xmlns="\#(sheet)" xmlns:r="\#(relationships)">\#(workbook)<sheets>\#(list.joined())</sheets></workbook>"#
            ))
        let targets = sheets.indices.map { (id: "rId\($0 + 1)", type: "worksheet", target: "worksheets/sheet\($0 + 1).xml") }
        entries.append(("xl/_rels/workbook.xml.rels", relations(targets)))
        for (number, content) in sheets.enumerated() {
            let root = #"<worksheet xmlns="\#(sheet)" xmlns:r="\#(relationships)">\#(content.content)</worksheet>"#
            entries.append(("xl/worksheets/sheet\(number + 1).xml", root))
        }
        if !strings.isEmpty { entries.append(("xl/sharedStrings.xml", #"<sst xmlns="\#(sheet)">\#(strings)</sst>"#)) }
        if !styles.isEmpty { entries.append(("xl/styles.xml", #"<styleSheet xmlns="\#(sheet)">\#(styles)</styleSheet>"#)) }
        return ZipWriter.archive(entries)
    }

    /// Returns the data of a sheet with one row for each line and one cell for each field; fields that are numbers become numbers.
    static func rows(_ rows: [[String]]) -> String {
        let lines = rows.enumerated().map { number, row in
            let cells = row.enumerated().map { column, text -> String in
                let place = "\(UnicodeScalar(UInt8(ascii: "A") + UInt8(column)))\(number + 1)"
                if text.isEmpty { return "" }
                return Double(text) == nil
                    ? #"<c r="\#(place)" t="inlineStr"><is><t>\#(text)</t></is></c>"# : #"<c r="\#(place)"><v>\#(text)</v></c>"#
            }
            return #"<row r="\#(number + 1)">\#(cells.joined())</row>"#
        }
        return "<sheetData>\(lines.joined())</sheetData>"
    }

    // MARK: Slides

    static let slide = "http://schemas.openxmlformats.org/presentationml/2006/main"
    private static let slideNames =
        #"xmlns:p="\#(slide)" xmlns:r="\#(relationships)" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" "#
        + #"xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" "#
        + #"xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram""#

    /// - Parameter slides: attributes of the root, shapes, and relationships of the slide.
    static func pptx(
        _ slides: [(attributes: String, shapes: String, relations: [(id: String, type: String, target: String)])],
        others: [(name: String, content: String)] = []
    ) -> [UInt8] {
        var entries = [root("ppt/presentation.xml")]
        // Files in another order than the presentation's.
        let files = slides.indices.map { "slides/slide\(slides.count - $0).xml" }
        let list = slides.indices.map { #"<p:sldId id="\#(256 + $0)" r:id="rId\#($0 + 1)"/>"# }.joined()
        entries.append(("ppt/presentation.xml", "<p:presentation \(slideNames)><p:sldIdLst>\(list)</p:sldIdLst></p:presentation>"))
        entries.append(
            ("ppt/_rels/presentation.xml.rels", relations(files.enumerated().map { ("rId\($0.offset + 1)", "slide", $0.element) })))
        for (file, content) in zip(files, slides) {
            let tree = "<p:cSld><p:spTree>\(content.shapes)</p:spTree></p:cSld>"
            entries.append(("ppt/\(file)", "<p:sld \(slideNames) \(content.attributes)>\(tree)</p:sld>"))
            let name = String(file.dropFirst("slides/".count))
            if !content.relations.isEmpty { entries.append(("ppt/slides/_rels/\(name).rels", relations(content.relations))) }
        }
        return ZipWriter.archive(entries + others)
    }

    static func slidePart(_ root: String, _ content: String) -> String { "<\(root) \(slideNames)>\(content)</\(root)>" }

    /// - Parameter place: the upper left corner, in inches.
    static func shape(_ paragraphs: [String], placeholder: String? = nil, at place: (x: Int, y: Int)? = nil) -> String {
        let kind = placeholder.map { "<p:ph \($0)/>" } ?? ""
        let frame = place.map { #"<a:xfrm><a:off x="\#($0.x * 914_400)" y="\#($0.y * 914_400)"/></a:xfrm>"# } ?? ""
        let text = paragraphs.map { $0.hasPrefix("<") ? $0 : "<a:p><a:r><a:t>\($0)</a:t></a:r></a:p>" }.joined()
        return "<p:sp><p:nvSpPr><p:nvPr>\(kind)</p:nvPr></p:nvSpPr><p:spPr>\(frame)</p:spPr><p:txBody>\(text)</p:txBody></p:sp>"
    }

    // MARK: Reading

    static func read(
        _ bytes: [UInt8], _ format: DocumentFormat, limits: ExtractLimits = ExtractLimits()
    ) throws(ExtractError) -> ExtractedDocument {
        try OfficeReader.read(FileBytes(bytes), format: format, ReadingContext(limits: limits))
    }
}

extension ExtractedDocument {
    /// The text of the blocks of a kind.
    func texts(_ isWanted: (TextBlock.Kind) -> Bool) -> [String] {
        let utf8 = Array(text.utf8)
        return blocks.filter { isWanted($0.kind) }.map { String(decoding: utf8[$0.range], as: UTF8.self) }
    }

    var headings: [String] { texts { if case .heading = $0 { true } else { false } } }

    /// The text of the row that names the columns of the block that contains `text`.
    func header(of text: String) -> String? {
        let utf8 = Array(self.text.utf8)
        let block = blocks.first { String(decoding: utf8[$0.range], as: UTF8.self).contains(text) }
        return block?.header.map { String(decoding: utf8[$0], as: UTF8.self) }
    }

    /// The text of each part.
    var partTexts: [String] {
        let utf8 = Array(text.utf8)
        return parts.map { String(decoding: utf8[$0.range], as: UTF8.self) }
    }
}
