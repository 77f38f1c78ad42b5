/// The elements of WordprocessingML that matter for the text.
enum WordElement: String {
    case paragraph = "w:p"
    case run = "w:r"
    case text = "w:t"
    case mathText = "m:t"
    case tab = "w:tab"
    case lineBreak = "w:br"
    case carriageReturn = "w:cr"
    case noBreakHyphen = "w:noBreakHyphen"
    case symbol = "w:sym"

    case paragraphProperties = "w:pPr"
    case runProperties = "w:rPr"
    case paragraphStyle = "w:pStyle"
    case runStyle = "w:rStyle"
    case outlineLevel = "w:outlineLvl"
    case numbering = "w:numPr"
    case numberingLevel = "w:ilvl"
    case numberingList = "w:numId"
    case vanish = "w:vanish"
    case pageBreakBefore = "w:pageBreakBefore"
    case renderedPageBreak = "w:lastRenderedPageBreak"

    case table = "w:tbl"
    case row = "w:tr"
    case cell = "w:tc"
    case tableLook = "w:tblLook"
    case columnSpan = "w:gridSpan"
    case rowSpan = "w:vMerge"
    case columnsBefore = "w:gridBefore"
    case headerRow = "w:tblHeader"
    case rowProperties = "w:trPr"

    case inserted = "w:ins"
    case deleted = "w:del"
    case movedFrom = "w:moveFrom"
    case deletedText = "w:delText"
    case paragraphChange = "w:pPrChange"
    case runChange = "w:rPrChange"
    case tableChange = "w:tblPrChange"
    case rowChange = "w:trPrChange"
    case cellChange = "w:tcPrChange"
    case sectionChange = "w:sectPrChange"
    case numberingChange = "w:numberingChange"
    case gridChange = "w:tblGridChange"

    case fieldCharacter = "w:fldChar"
    case fieldCode = "w:instrText"
    case deletedFieldCode = "w:delInstrText"
    case rubyText = "w:rt"

    case textBox = "w:txbxContent"
    case alternatives = "mc:AlternateContent"
    case choice = "mc:Choice"
    case fallback = "mc:Fallback"
    case alternateChunk = "w:altChunk"
    case chart = "c:chart"
    case diagram = "dgm:relIds"

    case footnoteReference = "w:footnoteReference"
    case endnoteReference = "w:endnoteReference"
    case commentReference = "w:commentReference"
    case footnote = "w:footnote"
    case endnote = "w:endnote"
    case comment = "w:comment"

    /// Elements whose content is not part of the accepted document, or not visible.
    var isDropped: Bool {
        switch self {
        case .deleted, .movedFrom, .deletedText, .paragraphChange, .runChange, .tableChange, .rowChange, .cellChange, .sectionChange,
            .numberingChange, .gridChange, .fieldCode, .deletedFieldCode, .rubyText:
            true
        default: false
        }
    }
}
