import Extraction

/// The reading of a Word document.
struct WordReader {
    private let package: OfficePackage
    private let context: ReadingContext
    private var builder: DocumentBuilder
    private var footnotes: [String: (author: String?, blocks: [ContentBlock])] = [:]
    private var endnotes: [String: (author: String?, blocks: [ContentBlock])] = [:]
    private var comments: [String: (author: String?, blocks: [ContentBlock])] = [:]
    /// Notes that wait for the end of the section or of the document.
    private var pendingNotes: [(marker: String, blocks: [ContentBlock])] = []
    private var pendingEndnotes: [(marker: String, blocks: [ContentBlock])] = []
    private var pageStart = 0
    private var longestPage = 0
    private var pages = 1

    /// A page without breaks that Word found has at most so many bytes of text; a longer one shows that the breaks are not all.
    private static let maxPageBytes = 12_000

    init(_ package: OfficePackage, _ context: ReadingContext) {
        (self.package, self.context) = (package, context)
        builder = DocumentBuilder(limits: context.limits)
    }

    static func read(_ package: OfficePackage, _ context: ReadingContext) throws(ExtractError) -> ExtractedDocument {
        var reader = WordReader(package, context)
        return try reader.document()
    }

    private mutating func document() throws(ExtractError) -> ExtractedDocument {
        let main = package.main
        let styles = WordStyles(try package.tree(package.part("styles", of: main, usually: "styles.xml")))
        let numbering = WordNumbering(try package.tree(package.part("numbering", of: main, usually: "numbering.xml")))
        footnotes = try notes("footnotes", styles, numbering)
        endnotes = try notes("endnotes", styles, numbering)
        comments = try notes("comments", styles, numbering)
        guard let source = try package.archive.source(main) else {
            throw ExtractError(.malformed, "the document has no main part")
        }
        // The closure gathers blocks, and the parser cannot call a mutating method: so the blocks go through a box.
        let sink = WordSink(self)
        let body = WordBody(styles, numbering, references(main)) { block, notes throws(ExtractError) in
            sink.reader.write(block, notes)
            if sink.reader.builder.isFull { throw ExtractError(.tooLarge, "the document has too much text") }
        }
        sink.reader.builder.beginPart(.page)
        do throws(ExtractError) { try XMLEvents.parse(source, body) } catch {
            // What the builder says about its limits is more precise.
            guard sink.reader.builder.isFull else { throw error }
        }
        self = sink.reader
        writePendingNotes()
        pendingNotes = pendingEndnotes
        writePendingNotes()
        longestPage = max(longestPage, builder.count - pageStart)
        if pages < 2 || !body.hasRenderedPages && longestPage > Self.maxPageBytes { builder.removeParts() }
        return try builder.document(title: package.title(), mediaType: DocumentFormat.docx.mediaType)
    }

    private func notes(
        _ type: String, _ styles: WordStyles, _ numbering: WordNumbering
    ) throws(ExtractError) -> [String: (author: String?, blocks: [ContentBlock])] {
        guard let part = package.part(type, of: package.main, usually: "\(type).xml"), let source = try package.archive.source(part) else {
            return [:]
        }
        let body = WordBody(styles, numbering, references(part), collectsNotes: true)
        try XMLEvents.parse(source, body)
        return body.notes
    }

    private func references(_ part: String) -> WordBody.References {
        let (package, context) = (package, context)
        return WordBody.References(
            chart: { id throws(ExtractError) in try ChartReader.blocks(package.tree(package.target(id, of: part))) },
            diagram: { id throws(ExtractError) in try DiagramReader.blocks(package.tree(package.target(id, of: part))) },
            chunk: { id throws(ExtractError) in try AlternateChunk.blocks(package.target(id, of: part), package.archive, context) })
    }

    // MARK: Writing

    fileprivate mutating func write(_ block: ContentBlock, _ notes: [WordBody.Note]) {
        switch block {
        case .heading: writePendingNotes()
        case .pageBreak:
            pages += 1
            longestPage = max(longestPage, builder.count - pageStart)
            pageStart = builder.count
        case .table(let table): pages += table.rows.count(where: \.startsPage)
        default: break
        }
        block.write(to: &builder)
        for note in notes { add(note) }
    }

    private mutating func add(_ note: WordBody.Note) {
        switch note.kind {
        case .footnote: if let found = footnotes[note.id] { pendingNotes.append((note.marker, found.blocks)) }
        case .endnote: if let found = endnotes[note.id] { pendingEndnotes.append((note.marker, found.blocks)) }
        case .comment:
            guard let found = comments.removeValue(forKey: note.id) else { return }
            pendingNotes.append((found.author.map { "Comment (\($0)):" } ?? "Comment:", found.blocks))
        }
    }

    private mutating func writePendingNotes() {
        for note in pendingNotes {
            let text = ContentBlock.inlineText(note.blocks)
            if !text.isEmpty { builder.paragraph("\(note.marker) \(text)") }
        }
        pendingNotes = []
    }
}

/// A reader that closures share.
private final class WordSink {
    var reader: WordReader

    init(_ reader: WordReader) { self.reader = reader }
}
