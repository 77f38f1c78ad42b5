import Extraction

/// The reading of a Word document.
struct WordReader {
    private typealias Notes = [String: (author: String?, blocks: [ContentBlock])]

    private let package: OfficePackage
    private let context: ReadingContext

    static func read(_ package: OfficePackage, _ context: ReadingContext) throws(ExtractError) -> ExtractedDocument {
        try WordReader(package: package, context: context).document()
    }

    private func document() throws(ExtractError) -> ExtractedDocument {
        let main = package.main
        let styles = WordStyles(try package.tree(package.part("styles", of: main, usually: "styles.xml")))
        let numbering = WordNumbering(try package.tree(package.part("numbering", of: main, usually: "numbering.xml")))
        let footnotes = try notes("footnotes", styles, numbering)
        let endnotes = try notes("endnotes", styles, numbering)
        let comments = try notes("comments", styles, numbering)
        guard let source = try package.archive.source(main) else {
            throw ExtractError(.malformed, "the document has no main part")
        }
        let sink = FlowSink(FlowWriter(limits: context.limits))
        var seen: Set<String> = []
        let body = WordBody(styles, numbering, references(main)) { block, notes throws(ExtractError) in
            try sink.write(block)
            for note in notes {
                switch note.kind {
                case .footnote: sink.writer.add(note: footnotes[note.id]?.blocks ?? [], marker: note.marker, isEndnote: false)
                case .endnote: sink.writer.add(note: endnotes[note.id]?.blocks ?? [], marker: note.marker, isEndnote: true)
                case .comment:
                    guard let comment = comments[note.id], seen.insert(note.id).inserted else { continue }
                    let marker = comment.author.map { "Comment (\($0)):" } ?? "Comment:"
                    sink.writer.add(note: comment.blocks, marker: marker, isEndnote: false)
                }
            }
        }
        do throws(ExtractError) { try XMLEvents.parse(source, body) } catch {
            // What the builder says about its limits is more precise.
            guard sink.writer.isFull else { throw error }
        }
        return try sink.writer.document(
            title: package.title(), mediaType: DocumentFormat.docx.mediaType, hasRenderedPages: body.hasRenderedPages)
    }

    private func notes(_ type: String, _ styles: WordStyles, _ numbering: WordNumbering) throws(ExtractError) -> Notes {
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
}
