import Extraction
import Mail
import Markup
import Office
import PDF
import Recognition

/// The reader of each format. A family of formats adds its own here.
enum ReaderTable {
    typealias Reader = (FileBytes, DocumentFormat, ReadingContext) throws(ExtractError) -> ExtractedDocument

    /// Returns `nil` if no reader reads the format.
    static func reader(of format: DocumentFormat) -> Reader? {
        switch format {
        case .plainText, .markdown, .html, .csv, .json, .xhtml: text
        case .pdf: { (file, _, context) throws(ExtractError) in try PDFReader.read(file, context) }
        case .docx, .xlsx, .pptx, .odt, .ods, .odp, .epub:
            { (file, format, context) throws(ExtractError) in try OfficeReader.read(file, format: format, context) }
        case .rtf: { (file, _, context) throws(ExtractError) in try RTFReader.read(file, context) }
        case .eml, .mbox, .msg: mail
        case .image: { (file, _, context) throws(ExtractError) in try ImageReader.read(file, context) }
        case .xml, .svg: { (file, format, context) throws(ExtractError) in try XMLReader.read(file, format: format, context) }
        case .notebook: { (file, _, context) throws(ExtractError) in try NotebookReader.read(file, context) }
        case .doc, .xls, .ppt: nil
        }
    }

    private static func text(
        _ file: FileBytes, _ format: DocumentFormat, _ context: ReadingContext
    ) throws(ExtractError) -> ExtractedDocument {
        try Extractor.extract(file.all, format: format, declaredCharset: context.declaredCharset, limits: context.limits)
    }

    private static func mail(
        _ file: FileBytes, _ format: DocumentFormat, _ context: ReadingContext
    ) throws(ExtractError) -> ExtractedDocument {
        try MailReader.read(file, format: format, context) { (file, context, contentType) throws(ExtractError) in
            try DocumentReader.read(file, contentType: contentType, context)
        }
    }
}
