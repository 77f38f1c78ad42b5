import Extraction

/// The reader of each format. A family of formats adds its own here.
enum ReaderTable {
    typealias Reader = (FileBytes, DocumentFormat, ReadingContext) throws(ExtractError) -> ExtractedDocument

    /// Returns `nil` if no reader reads the format.
    static func reader(of format: DocumentFormat) -> Reader? {
        switch format {
        case .plainText, .markdown, .html, .csv, .json, .xhtml: text
        case .pdf, .docx, .xlsx, .pptx, .odt, .ods, .odp, .epub, .rtf, .eml, .mbox, .msg, .xml, .svg, .notebook, .doc, .xls, .ppt, .image:
            nil
        }
    }

    private static func text(
        _ file: FileBytes, _ format: DocumentFormat, _ context: ReadingContext
    ) throws(ExtractError) -> ExtractedDocument {
        try Extractor.extract(file.all, format: format, declaredCharset: context.declaredCharset, limits: context.limits)
    }
}
