/// What is read from one page.
struct PageContent {
    var label: String?
    /// In reading order.
    var regions: [Region] = []
    /// The height of the page in the frame of its text, from `bottom` to `top`.
    var bottom: Float = 0
    var top: Float = 0
    /// The text of notes and other annotations.
    var notes: [String] = []
    /// Paragraphs recognised in the page's image.
    var recognised: [String] = []
    /// Levels of headings by the number of the marked content, from the structure tree.
    var tags: [Int32: ContentTag] = [:]
    var hasText = false
    /// Whether the page shows an image that fills most of it.
    var isScan = false
}

/// What the structure tree says of a piece of marked content.
enum ContentTag: Hashable {
    case heading(Int)
    case listItem
    case artifact
    case other
}
