import Extraction

/// Writes the pages of a document as blocks.
struct DocumentWriter {
    private var builder: DocumentBuilder
    private var joiner = LineJoiner()
    /// A paragraph that may go on in the next column or on the next page.
    private var pending: (text: String, kind: Paragraph.Kind, size: Float)?

    init(limits: ExtractLimits) { builder = DocumentBuilder(limits: limits) }

    mutating func write(_ shape: DocumentShape) {
        joiner = shape.joiner
        for page in shape.pages where !builder.isFull {
            var items = page.items[...]
            if pending != nil, case .paragraph(let first)? = items.first, let rest = continuation(of: first) {
                items = items.dropFirst()
                beginContinued(page, rest)
            } else {
                flush()
                builder.beginPart(.page, label: page.label)
            }
            for item in items { write(item) }
            let rest = page.footnotes.map { joiner.text($0.lines) } + page.recognised + page.notes
            if !rest.isEmpty { flush() }
            for text in rest { builder.paragraph(text) }
        }
        flush()
    }

    consuming func document(title: String?) throws(ExtractError) -> ExtractedDocument {
        try builder.document(title: title, mediaType: DocumentFormat.pdf.mediaType)
    }

    // MARK: Blocks

    private mutating func write(_ item: DocumentShape.Item) {
        switch item {
        case .table(let table):
            flush()
            builder.table(table.rows, headerRows: table.headerRows)
        case .paragraph(let paragraph):
            if let rest = continuation(of: paragraph), var text = pending?.text {
                joiner.append(rest, to: &text)
                pending?.text = text
                return
            }
            flush()
            let text = joiner.text(paragraph.lines)
            switch paragraph.kind {
            case .heading(let level): builder.heading(text, level: level)
            case .text, .listItem: pending = (text, paragraph.kind, paragraph.size)
            case .footnote: builder.paragraph(text)
            }
        }
    }

    private mutating func flush() {
        guard let ended = pending else { return }
        pending = nil
        if case .listItem(let marker) = ended.kind { builder.listItem(ended.text, marker: marker) } else { builder.paragraph(ended.text) }
    }

    // MARK: Paragraphs over breaks

    /// The text of a paragraph that continues the pending one: that one does not end, and this one begins in the middle of a sentence.
    private func continuation(of paragraph: Paragraph) -> String? {
        guard let pending, paragraph.kind == .text, abs(paragraph.size - pending.size) < 0.6 else { return nil }
        let text = joiner.text(paragraph.lines)
        guard let first = text.unicodeScalars.first, !ParagraphFinder.ends(pending.text) else { return nil }
        if joiner.isHyphenated(pending.text, text) || first.isSmall { return text }
        return nil
    }

    /// Ends the pending paragraph's part and goes on in the next one; a word that the page break divides stays whole, before the break.
    private mutating func beginContinued(_ page: DocumentShape.Page, _ text: String) {
        guard var start = pending?.text else { return }
        var rest = text
        if joiner.isHyphenated(start, text) {
            let word = String(text.prefix { $0 != " " })
            joiner.append(word, to: &start)
            rest = String(text.dropFirst(word.count))
        }
        pending?.text = start
        flush()
        builder.beginPart(.page, label: page.label)
        builder.continueBlock(rest)
    }
}
