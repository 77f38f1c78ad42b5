import Extraction

/// The reading of an OpenDocument file.
final class OpenDocumentReader: OpenDocumentBody.Output {
    private let archive: ZipArchive
    private let flow: FlowSink
    private let sheets: SheetWriter
    private var slides: DocumentBuilder
    private let limits: ExtractLimits
    private var parts = 0

    /// - Parameter format: `.odt`, `.ods` or `.odp`.
    static func read(_ archive: ZipArchive, format: DocumentFormat, _ context: ReadingContext) throws(ExtractError) -> ExtractedDocument {
        try OpenDocumentReader(archive, context.limits).document(format)
    }

    private init(_ archive: ZipArchive, _ limits: ExtractLimits) {
        (self.archive, self.limits) = (archive, limits)
        flow = FlowSink(FlowWriter(limits: limits))
        sheets = SheetWriter(DocumentBuilder(limits: limits))
        slides = DocumentBuilder(limits: limits)
    }

    private func document(_ format: DocumentFormat) throws(ExtractError) -> ExtractedDocument {
        try checkEncryption()
        let styles = StyleHandler()
        if let source = try archive.source("styles.xml") { try XMLEvents.parse(source, styles) }
        guard let source = try archive.source("content.xml") else {
            if archive.hasEncryptedEntries { throw ExtractError(.encrypted, "the archive has encrypted entries") }
            throw ExtractError(.malformed, "the document has no content.xml")
        }
        let kind: OpenDocumentBody.Kind = format == .ods ? .sheets : format == .odp ? .slides : .text
        let body = OpenDocumentBody(kind, styles.styles, self)
        do throws(ExtractError) { try XMLEvents.parse(source, body) } catch {
            // What the builder says about its limits is more precise.
            guard flow.writer.isFull || sheets.isFull || slides.isFull else { throw error }
        }
        let title = title()
        switch kind {
        case .text:
            return try flow.writer.document(title: title, mediaType: format.mediaType, hasRenderedPages: body.hasRenderedPages)
        case .sheets: return try sheets.document(title: title, mediaType: format.mediaType)
        case .slides: return try slides.document(title: title, mediaType: format.mediaType)
        }
    }

    /// - Throws: `.encrypted` if the manifest says so of any entry.
    private func checkEncryption() throws(ExtractError) {
        let isWrapped = archive.has("encrypted-package")
        let manifest = (try? archive.contents("META-INF/manifest.xml")) ?? nil
        let entries = manifest.flatMap { (try? XMLElement.parse($0)) ?? nil }?.all("manifest:file-entry") ?? []
        if isWrapped || entries.contains(where: { $0.first("manifest:encryption-data") != nil }) {
            throw ExtractError(.encrypted, "the document needs a password")
        }
    }

    private func title() -> String? {
        guard let bytes = (try? archive.contents("meta.xml")) ?? nil, let root = (try? XMLElement.parse(bytes)) ?? nil else { return nil }
        return root.first("office:meta")?.first("dc:title")?.text
    }

    // MARK: Output

    func write(_ block: ContentBlock) throws(ExtractError) { try flow.write(block) }

    func add(note: [ContentBlock], marker: String, isEndnote: Bool) { flow.writer.add(note: note, marker: marker, isEndnote: isEndnote) }

    func beginSheet(_ name: String, isHidden: Bool) { sheets.beginSheet(name, isHidden: isHidden) }

    func add(_ row: SheetRow) throws(ExtractError) { try sheets.add(row) }

    func endSheet(_ others: [ContentBlock]) {
        sheets.endRows([])
        for block in others { sheets.write(block) }
    }

    func write(_ slide: OpenDocumentSlide) throws(ExtractError) {
        parts += 1
        guard parts <= limits.maxParts, !slides.isFull else {
            throw ExtractError(.tooLarge, "the presentation has more than \(limits.maxParts) slides, or too much text")
        }
        slides.beginPart(.slide, label: slide.isHidden ? nil : slide.title)
        guard !slide.isHidden else { return }
        slides.heading(slide.title, level: 1)
        for shape in slide.ordered { for block in shape.blocks { block.write(to: &slides) } }
        var isFirst = true
        for block in slide.notes {
            let text = block.inlineText
            slides.paragraph((isFirst ? "Notes: " : "") + text)
            isFirst = false
        }
    }

    func object(_ path: String) throws(ExtractError) -> [ContentBlock] {
        guard let bytes = try archive.contents(ArchivePath.normalized(path) + "/content.xml"), let root = try XMLElement.parse(bytes),
            let chart = root.first("office:body")?.first("office:chart")?.first("chart:chart")
        else { return [] }
        var blocks: [ContentBlock] = []
        let title = chart.first("chart:title")?.text.trimmed ?? ""
        if !title.isEmpty { blocks.append(.paragraph(title)) }
        let rows = chart.first("table:table")?.descendants("table:table-row") ?? []
        let cells = rows.map { row in
            ContentTable.Row(
                cells: row.all("table:table-cell").map { cell in
                    let text = cell.text.trimmed
                    return ContentTable.Cell(blocks: text.isEmpty ? [] : [.paragraph(text)])
                })
        }
        if !cells.isEmpty { blocks.append(.table(ContentTable(rows: cells, marksFirstRow: true))) }
        return blocks
    }
}

/// A reader of the styles alone.
private final class StyleHandler: XMLHandler {
    private(set) var styles = OpenDocumentStyles()

    func start(_ element: OpenDocumentElement, _ attributes: XMLAttributes) { styles.start(element, attributes) }
    func end(_ element: OpenDocumentElement) { styles.end(element) }
    func text(_ bytes: UnsafeBufferPointer<UInt8>) {}
}
