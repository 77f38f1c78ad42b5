import Extraction
import Testing

@Suite struct SlideTests {
    typealias Slide = (attributes: String, shapes: String, relations: [(id: String, type: String, target: String)])

    private func read(_ slides: [Slide], others: [(name: String, content: String)] = []) throws -> ExtractedDocument {
        try OfficeSamples.read(OfficeSamples.pptx(slides, others: others), .pptx)
    }

    @Test func slidesFollowThePresentation() throws {
        let document = try read([
            ("", OfficeSamples.shape(["One"], placeholder: #"type="title""#), []),
            (#"show="0""#, OfficeSamples.shape(["Hidden"], placeholder: #"type="title""#), []),
            ("", OfficeSamples.shape(["Two"], placeholder: #"type="ctrTitle""#), []),
        ])
        #expect(document.text == "One\n\nTwo")
        #expect(document.headings == ["One", "Two"])
        #expect(document.parts.map(\.label) == ["One", nil, "Two"])
        #expect(document.parts.map(\.kind) == [.slide, .slide, .slide])
    }

    @Test func shapesAreReadFromTopToBottom() throws {
        let group =
            "<p:grpSp><p:grpSpPr><a:xfrm><a:off x=\"0\" y=\"914400\"/></a:xfrm></p:grpSpPr>"
            + OfficeSamples.shape(["inner"], at: (0, 0)) + "</p:grpSp>"
        let shapes =
            OfficeSamples.shape(["bottom"], at: (1, 5)) + OfficeSamples.shape(["right"], at: (4, 3))
            + OfficeSamples.shape(["left"], at: (1, 3))
            + group + OfficeSamples.shape(["Title"], placeholder: #"type="title""#, at: (1, 4))
            + OfficeSamples.shape(["3"], placeholder: #"type="sldNum""#, at: (0, 0))
        #expect(try read([("", shapes, [])]).text == "Title\n\ninner\n\nleft\n\nright\n\nbottom")
    }

    @Test func bodiesAreLists() throws {
        let numbered = { (text: String) in "<a:p><a:pPr><a:buAutoNum type=\"alphaLcParenR\"/></a:pPr><a:r><a:t>\(text)</a:t></a:r></a:p>" }
        let shapes =
            OfficeSamples.shape(["dot", "more"], placeholder: #"idx="1""#, at: (0, 1))
            + OfficeSamples.shape([numbered("x"), numbered("y"), "plain"], at: (0, 2))
        #expect(try read([("", shapes, [])]).text == "• dot\n• more\na) x\nb) y\n\nplain")
    }

    @Test func tablesChartsAndDiagramsAreRead() throws {
        func cell(_ text: String, _ attributes: String = "") -> String {
            "<a:tc \(attributes)><a:txBody><a:p><a:r><a:t>\(text)</a:t></a:r></a:p></a:txBody></a:tc>"
        }
        func frame(_ content: String) -> String {
            "<p:graphicFrame><a:graphic><a:graphicData>\(content)</a:graphicData></a:graphic></p:graphicFrame>"
        }
        let table = """
            <a:tbl><a:tblPr firstRow="1"/><a:tr>\(cell("Name"))\(cell("Age"))</a:tr><a:tr>\(cell("Ann"))\(cell("3"))</a:tr>\
            <a:tr>\(cell("Both", "gridSpan=\"2\""))\(cell("", "hMerge=\"1\""))</a:tr></a:tbl>
            """
        let shapes = frame(table) + frame(#"<c:chart r:id="rId1"/>"#) + frame(#"<dgm:relIds r:dm="rId2"/>"#)
        let series = """
            <c:ser><c:tx><c:strRef><c:strCache><c:pt idx="0"><c:v>Sales</c:v></c:pt></c:strCache></c:strRef></c:tx>\
            <c:cat><c:strRef><c:strCache><c:pt idx="0"><c:v>Q1</c:v></c:pt><c:pt idx="1"><c:v>Q2</c:v></c:pt></c:strCache>\
            </c:strRef></c:cat>\
            <c:val><c:numRef><c:numCache><c:pt idx="0"><c:v>4.5</c:v></c:pt><c:pt idx="1"><c:v>6</c:v></c:pt></c:numCache>\
            </c:numRef></c:val></c:ser>
            """
        let title = "<c:title><c:tx><c:rich><a:p><a:r><a:t>By quarter</a:t></a:r></a:p></c:rich></c:tx></c:title>"
        let chart = OfficeSamples.slidePart(
            "c:chartSpace", "<c:chart>\(title)<c:plotArea><c:barChart>\(series)</c:barChart></c:plotArea></c:chart>")
        let point = { (id: String, text: String) in
            "<dgm:pt modelId=\"\(id)\"><dgm:t><a:p><a:r><a:t>\(text)</a:t></a:r></a:p></dgm:t></dgm:pt>"
        }
        let links = #"<dgm:cxnLst><dgm:cxn srcId="0" destId="b" srcOrd="0"/><dgm:cxn srcId="b" destId="a" srcOrd="0"/></dgm:cxnLst>"#
        let diagram = OfficeSamples.slidePart(
            "dgm:dataModel",
            "<dgm:ptLst><dgm:pt modelId=\"0\" type=\"doc\"/>\(point("a", "Clerk"))\(point("b", "Boss"))</dgm:ptLst>\(links)")
        let document = try read(
            [("", shapes, [("rId1", "chart", "../charts/chart1.xml"), ("rId2", "diagramData", "../diagrams/data1.xml")])],
            others: [("ppt/charts/chart1.xml", chart), ("ppt/diagrams/data1.xml", diagram)])
        #expect(document.text == "Name | Age\nAnn | 3\nBoth\n\nBy quarter\n\n| Sales\nQ1 | 4.5\nQ2 | 6\n\n• Boss\n• Clerk")
        #expect(document.header(of: "Ann | 3") == "Name | Age")
    }

    @Test func notesFollowTheirSlide() throws {
        let notes = OfficeSamples.slidePart(
            "p:notes",
            "<p:cSld><p:spTree>" + OfficeSamples.shape(["Say hello."], placeholder: #"type="body""#)
                + OfficeSamples.shape(["7"], placeholder: #"type="sldNum""#) + "</p:spTree></p:cSld>"
        )
        let document = try read(
            [("", OfficeSamples.shape(["Title"], placeholder: #"type="title""#), [("rId1", "notesSlide", "../notesSlides/notes1.xml")])],
            others: [("ppt/notesSlides/notes1.xml", notes)])
        #expect(document.text == "Title\n\nNotes: Say hello.")
    }
}
