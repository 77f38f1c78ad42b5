/// What braces save and restore.
struct RTFState {
    enum Destination {
        case body
        /// Text that is not shown, or that belongs to no paragraph.
        case skipped
        case fontTable, styleSheet, title
        /// The number or bullet of a list item.
        case marker
        /// A footnote, endnote or comment.
        case note
    }

    var destination = Destination.body
    var font: Int?
    /// The font for East Asian text, and whether the text that follows is such.
    var wideFont: Int?
    var isWide = false
    /// Hidden text, and text whose deletion is tracked.
    var isHidden = false
    var isDeleted = false
    /// Number of characters after a Unicode character that old readers show instead.
    var replacement = 1
    var paragraph = Paragraph()

    struct Paragraph {
        var style: Int?
        /// The outline level, from 0; 9 is that of the body.
        var outline: Int?
        var isInTable = false
        var isListItem = false
    }
}
