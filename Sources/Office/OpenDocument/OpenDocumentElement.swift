/// The elements of OpenDocument's content that matter for the text.
enum OpenDocumentElement: String {
    case heading = "text:h"
    case paragraph = "text:p"
    case spaces = "text:s"
    case tab = "text:tab"
    case lineBreak = "text:line-break"
    case softPageBreak = "text:soft-page-break"
    case span = "text:span"

    case list = "text:list"
    case listItem = "text:list-item"
    case listHeader = "text:list-header"

    case note = "text:note"
    case noteBody = "text:note-body"
    case annotation = "office:annotation"

    case table = "table:table"
    case headerRows = "table:table-header-rows"
    case row = "table:table-row"
    case cell = "table:table-cell"
    case coveredCell = "table:covered-table-cell"
    case sheetShapes = "table:shapes"

    case page = "draw:page"
    case notes = "presentation:notes"
    case frame = "draw:frame"
    case customShape = "draw:custom-shape"
    case rectangle = "draw:rect"
    case ellipse = "draw:ellipse"
    case line = "draw:line"
    case polygon = "draw:polygon"
    case path = "draw:path"
    case connector = "draw:connector"
    case caption = "draw:caption"
    case object = "draw:object"

    case style = "style:style"
    case paragraphProperties = "style:paragraph-properties"
    case textProperties = "style:text-properties"
    case tableProperties = "style:table-properties"
    case pageProperties = "style:drawing-page-properties"
    case listStyle = "text:list-style"
    case listLevelNumber = "text:list-level-style-number"
    case listLevelBullet = "text:list-level-style-bullet"
    case listLevelImage = "text:list-level-style-image"

    case trackedChanges = "text:tracked-changes"
    case noteCitation = "text:note-citation"
    case title = "svg:title"
    case description = "svg:desc"
    case creator = "dc:creator"
    case date = "dc:date"
    case initials = "meta:creator-initials"
    case forms = "office:forms"
    case rubyText = "text:ruby-text"
    case hiddenText = "text:hidden-text"
    case scripts = "office:scripts"
    case headerDeclaration = "presentation:header-decl"
    case footerDeclaration = "presentation:footer-decl"
    case dateDeclaration = "presentation:date-time-decl"
    case validations = "table:content-validations"

    /// Elements whose content is not shown, or not part of the accepted document.
    var isDropped: Bool {
        switch self {
        case .trackedChanges, .noteCitation, .title, .description, .creator, .date, .initials, .forms, .rubyText, .hiddenText, .scripts,
            .headerDeclaration, .footerDeclaration, .dateDeclaration, .validations:
            true
        default: false
        }
    }

    var isShape: Bool {
        switch self {
        case .frame, .customShape, .rectangle, .ellipse, .line, .polygon, .path, .connector, .caption: true
        default: false
        }
    }
}
