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
    /// What the structure tree says, by the number of the marked content.
    var tags: [Int32: ContentTag] = [:]
    var hasText = false
}

/// What the structure tree says of a piece of marked content.
enum ContentTag: Hashable {
    case heading(Int)
    case other

    var isHeading: Bool { if case .heading = self { true } else { false } }
}
