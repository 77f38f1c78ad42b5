import Extraction

/// Writes the pages of a document as blocks.
struct DocumentWriter {
    private var builder: DocumentBuilder

    init(limits: ExtractLimits) { builder = DocumentBuilder(limits: limits) }

    mutating func write(_ pages: [PageContent]) throws(ExtractError) {
        for page in pages where !builder.isFull {
            builder.beginPart(.page, label: page.label)
            for region in page.regions {
                switch region {
                case .lines(let lines): for line in lines { builder.paragraph(line.text) }
                case .table(let table): builder.table(table.rows, headerRows: table.headerRows)
                case .block: break
                }
            }
            for text in page.recognised { builder.paragraph(text) }
            for note in page.notes { builder.paragraph(note) }
        }
    }

    consuming func document(title: String?) throws(ExtractError) -> ExtractedDocument {
        try builder.document(title: title, mediaType: DocumentFormat.pdf.mediaType)
    }
}
