import Extraction
import Testing

@Suite struct WordTests {
    private func read(_ body: String, parts: [String: String] = [:]) throws -> ExtractedDocument {
        try OfficeSamples.read(OfficeSamples.docx(body, parts: parts), .docx)
    }

    @Test func paragraphsAreJoinedFromRuns() throws {
        let body =
            "<w:p>" + OfficeSamples.run("The tea") + OfficeSamples.run("pot is ") + "<w:r><w:tab/></w:r>" + OfficeSamples.run("full.")
            + "</w:p>"
        #expect(try read(body + OfficeSamples.paragraph("Second &amp; last.")).text == "The teapot is full.\n\nSecond & last.")
    }

    @Test func headingsComeFromStylesOfAnyLanguage() throws {
        let styles = """
            <w:style w:type="paragraph" w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>
            <w:style w:type="paragraph" w:styleId="Own"><w:name w:val="Own"/><w:basedOn w:val="Base"/></w:style>
            <w:style w:type="paragraph" w:styleId="Base"><w:name w:val="Base"/><w:pPr><w:outlineLvl w:val="1"/></w:pPr></w:style>
            <w:style w:type="paragraph" w:styleId="Titel"><w:name w:val="Title"/></w:style>
            """
        func styled(_ text: String, _ style: String) -> String {
            OfficeSamples.paragraph(text, properties: #"<w:pStyle w:val="\#(style)"/>"#)
        }
        let body = styled("The whole", "Titel") + styled("First", "berschrift1") + styled("Inner", "Own") + styled("Unknown", "Heading3")
        let document = try read(body + OfficeSamples.paragraph("Text."), parts: ["styles": styles])
        let levels = document.blocks.compactMap { if case .heading(let level) = $0.kind { level } else { nil } }
        #expect(document.headings == ["The whole", "First", "Inner", "Unknown"])
        #expect(levels == [1, 1, 2, 3])
        #expect(document.title == "The whole")
    }

    @Test func listsHaveTheirNumbers() throws {
        let numbering = """
            <w:abstractNum w:abstractNumId="7">
            <w:lvl w:ilvl="0"><w:start w:val="3"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl>
            <w:lvl w:ilvl="1"><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="%1.%2)"/></w:lvl></w:abstractNum>
            <w:abstractNum w:abstractNumId="8"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/><w:lvlText w:val="x"/></w:lvl></w:abstractNum>
            <w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="8"/></w:num>
            """
        func item(_ text: String, _ list: Int, _ level: Int) -> String {
            OfficeSamples.paragraph(text, properties: #"<w:numPr><w:ilvl w:val="\#(level)"/><w:numId w:val="\#(list)"/></w:numPr>"#)
        }
        let body =
            item("one", 1, 0) + item("inner", 1, 1) + item("more", 1, 1) + item("two", 1, 0) + item("again", 1, 1) + item("dot", 2, 0)
        #expect(try read(body, parts: ["numbering": numbering]).text == "3. one\n3.a) inner\n3.b) more\n4. two\n4.a) again\n• dot")
    }

    @Test func trackedChangesAreAccepted() throws {
        let body = """
            <w:p>\(OfficeSamples.run("Kept "))<w:ins>\(OfficeSamples.run("new"))</w:ins>\
            <w:del><w:r><w:delText>old</w:delText></w:r></w:del></w:p>
            <w:p><w:moveFrom>\(OfficeSamples.run("moved"))</w:moveFrom></w:p>
            <w:p><w:moveTo>\(OfficeSamples.run("moved"))</w:moveTo></w:p>
            <w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr>\(OfficeSamples.run("Joined "))</w:p>\(OfficeSamples.paragraph("lines."))
            """
        #expect(try read(body).text == "Kept new\n\nmoved\n\nJoined lines.")
    }

    @Test func hiddenTextAndFieldCodesAreLeftOut() throws {
        let field = { (type: String) in #"<w:r><w:fldChar w:fldCharType="\#(type)"/></w:r>"# }
        let body = """
            <w:p>\(OfficeSamples.run("See "))\(OfficeSamples.run("secret", properties: "<w:vanish/>"))\
            \(OfficeSamples.run("shown ", properties: #"<w:vanish w:val="0"/>"#))\
            \(field("begin"))<w:r><w:instrText>PAGEREF x</w:instrText></w:r>\(field("separate"))\(OfficeSamples.run("12"))\(field("end"))\
            \(OfficeSamples.run(" soft\u{AD}ware"))</w:p>
            """
        #expect(try read(body).text == "See shown 12 software")
    }

    @Test func textBoxesAreReadOnce() throws {
        let box = { (text: String) in "<w:txbxContent>\(OfficeSamples.paragraph(text))</w:txbxContent>" }
        let body = """
            <w:p>\(OfficeSamples.run("Anchor."))<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing>\
            <wps:txbx>\(box("In the box."))\
            </wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox>\(box("In the box."))</v:textbox></w:pict></mc:Fallback>\
            </mc:AlternateContent></w:r></w:p>
            <w:p><w:r><mc:AlternateContent><mc:Choice Requires="new"><w:drawing/></mc:Choice><mc:Fallback><w:pict><v:textbox>\
            \(box("Only in the second."))</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>
            """
        #expect(try read(body).text == "Anchor.\n\nIn the box.\n\nOnly in the second.")
    }

    @Test func tablesNameTheirColumnsAndRepeatMergedCells() throws {
        func cell(_ text: String, _ properties: String = "") -> String {
            "<w:tc><w:tcPr>\(properties)</w:tcPr>\(OfficeSamples.paragraph(text))</w:tc>"
        }
        let body = """
            <w:tbl><w:tr><w:trPr><w:tblHeader/></w:trPr>\(cell("City"))\(cell("Numbers", #"<w:gridSpan w:val="2"/>"#))</w:tr>
            <w:tr>\(cell("Rome", #"<w:vMerge w:val="restart"/>"#))\(cell("1"))\(cell("2"))</w:tr>
            <w:tr>\(cell("", "<w:vMerge/>"))\(cell("3"))<w:tc>\(OfficeSamples.paragraph("4"))<w:tbl>\
            <w:tr>\(cell("in"))\(cell("ner"))</w:tr></w:tbl></w:tc></w:tr>
            <w:tr><w:trPr><w:del/></w:trPr>\(cell("gone"))\(cell("5"))</w:tr></w:tbl>
            """
        let document = try read(body)
        #expect(document.text == "City | Numbers | Numbers\nRome | 1 | 2\nRome | 3 | 4 in, ner")
        #expect(document.header(of: "Rome | 3") == "City | Numbers | Numbers")
    }

    @Test func notesFollowTheirSection() throws {
        let body = """
            <w:p>\(OfficeSamples.run("Claim"))<w:r><w:footnoteReference w:id="2"/></w:r></w:p>\(OfficeSamples.paragraph("More."))
            \(OfficeSamples.paragraph("Next", properties: #"<w:pStyle w:val="Heading1"/>"#))
            <w:p>\(OfficeSamples.run("End"))<w:r><w:endnoteReference w:id="3"/></w:r><w:r><w:commentReference w:id="0"/></w:r></w:p>
            """
        let parts = [
            "footnotes": #"<w:footnote w:type="separator" w:id="0">\#(OfficeSamples.paragraph("line"))</w:footnote>"#
                + #"<w:footnote w:id="2">\#(OfficeSamples.paragraph("Proof."))</w:footnote>"#,
            "endnotes": #"<w:endnote w:id="3">\#(OfficeSamples.paragraph("Source."))</w:endnote>"#,
            "comments": #"<w:comment w:id="0" w:author="Ann">\#(OfficeSamples.paragraph("Really?"))</w:comment>"#,
        ]
        let text = try read(body, parts: parts).text
        #expect(text == "Claim[1]\n\nMore.\n\n[1] Proof.\n\nNext\n\nEnd[i]\n\nComment (Ann): Really?\n\n[i] Source.")
    }

    @Test func pagesFollowRenderedBreaks() throws {
        let body = """
            \(OfficeSamples.paragraph("One."))<w:p><w:r><w:br w:type="page"/></w:r></w:p>
            <w:p><w:r><w:lastRenderedPageBreak/><w:t>Two.</w:t></w:r></w:p>
            <w:p><w:r><w:t>Still two</w:t><w:lastRenderedPageBreak/><w:t> and over.</w:t></w:r></w:p>\(OfficeSamples.paragraph("Three."))
            """
        #expect(try read(body).partTexts == ["One.", "Two.\n\nStill two and over.", "Three."])
        #expect(try read(OfficeSamples.paragraph("One.")).parts.isEmpty)
    }

    @Test func alternateChunksOfHTMLAreRead() throws {
        let others = [
            (name: "word/_rels/document.xml.rels", content: OfficeSamples.relations([("rId9", "aFChunk", "/word/chunk.html")])),
            (name: "word/chunk.html", content: "<html><body><h1>Inside</h1><p>Text of the chunk.</p></body></html>"),
        ]
        let bytes = OfficeSamples.docx(OfficeSamples.paragraph("Before.") + #"<w:altChunk r:id="rId9"/>"#, others: others)
        let document = try OfficeSamples.read(bytes, .docx)
        #expect(document.text == "Before.\n\nInside\n\nText of the chunk.")
        #expect(document.headings == ["Inside"])
    }

    @Test func strictNamespacesAreRead() throws {
        let body = OfficeSamples.docx(OfficeSamples.paragraph("Strict."))
        let strict = String(decoding: body, as: UTF8.self)
        #expect(strict.contains(OfficeSamples.word))
        let document =
            #"<w:document xmlns:w="http://purl.oclc.org/ooxml/wordprocessingml/main"><w:body>"#
            + #"\#(OfficeSamples.paragraph("Strict."))</w:body></w:document>"#
        #expect(try OfficeSamples.read(ZipWriter.archive([("word/document.xml", document)]), .docx).text == "Strict.")
    }
}
