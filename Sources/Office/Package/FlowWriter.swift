import Extraction

/// The writing of a text document: blocks in order, notes after the section that refers to them, pages where the document has breaks.
struct FlowWriter {
    private var builder: DocumentBuilder
    /// Notes that wait for the end of the section.
    private var notes: [String] = []
    /// Notes that wait for the end of the document.
    private var endnotes: [String] = []
    private var pageStart = 0
    private var longestPage = 0
    private var pages = 1

    /// Maximum size of the text of a page, in bytes. Where only explicit breaks are known, a longer text between two of them shows that the
    /// pages of the document are others.
    private static let maxPageBytes = 12_000

    init(limits: ExtractLimits) {
        builder = DocumentBuilder(limits: limits)
        builder.beginPart(.page)
    }

    var isFull: Bool { builder.isFull }

    mutating func write(_ block: ContentBlock) {
        switch block {
        case .heading: writeNotes()
        case .pageBreak:
            pages += 1
            longestPage = max(longestPage, builder.count - pageStart)
            pageStart = builder.count
        case .table(let table): pages += table.rows.count(where: \.startsPage)
        default: break
        }
        block.write(to: &builder)
    }

    /// Adds a note that is written before the next heading, or at the end of the document.
    ///
    /// - Parameter marker: how the text refers to the note, such as `[1]`.
    mutating func add(note blocks: [ContentBlock], marker: String, isEndnote: Bool) {
        let text = ContentBlock.inlineText(blocks)
        guard !text.isEmpty else { return }
        if isEndnote { endnotes.append("\(marker) \(text)") } else { notes.append("\(marker) \(text)") }
    }

    private mutating func writeNotes() {
        for note in notes { builder.paragraph(note) }
        notes = []
    }

    /// - Parameter hasRenderedPages: whether the document has the breaks that a program found when it showed the document.
    consuming func document(title: String?, mediaType: MediaType, hasRenderedPages: Bool) throws(ExtractError) -> ExtractedDocument {
        notes += endnotes
        writeNotes()
        longestPage = max(longestPage, builder.count - pageStart)
        if pages < 2 || !hasRenderedPages && longestPage > Self.maxPageBytes { builder.removeParts() }
        return try builder.document(title: title, mediaType: mediaType)
    }
}

/// A writer that closures share.
final class FlowSink {
    var writer: FlowWriter

    init(_ writer: FlowWriter) { self.writer = writer }

    /// - Throws: `.tooLarge` once a limit is exceeded, so that a parser stops.
    func write(_ block: ContentBlock) throws(ExtractError) {
        writer.write(block)
        if writer.isFull { throw ExtractError(.tooLarge, "the document has too much text") }
    }
}
