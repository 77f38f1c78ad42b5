public import Extraction

/// The reading of documents that are archives of XML: Office Open XML, OpenDocument and EPUB.
public enum OfficeReader {
    /// - Parameter format: one of `formats`.
    /// - Throws: `.encrypted`, `.malformed`, `.tooLarge`, `.empty`, and `.unsupportedMediaType` for another format.
    /// - Complexity: linear in the unpacked size. The XML of a document, sheet or slide is read as a stream.
    public static func read(
        _ file: FileBytes, format: DocumentFormat, _ context: ReadingContext
    ) throws(ExtractError) -> ExtractedDocument {
        guard formats.contains(format) else {
            throw ExtractError(.unsupportedMediaType, "\(format.rawValue) is not a format of office documents")
        }
        // Office stores a document with a password as an OLE file, whatever its name.
        if file.bytes(0..<oleSignature.count) == oleSignature {
            throw ExtractError(.encrypted, "the document needs a password, or is a file of an older format")
        }
        let archive = try ZipArchive(file, limits: context.limits)
        switch format {
        case .docx: return try WordReader.read(OfficePackage(archive), context)
        case .xlsx: return try WorkbookReader.read(OfficePackage(archive), context)
        case .pptx: return try PresentationReader.read(OfficePackage(archive), context)
        case .epub: return try BookReader.read(archive, context)
        default: return try OpenDocumentReader.read(archive, format: format, context)
        }
    }

    public static let formats: Set<DocumentFormat> = [.docx, .xlsx, .pptx, .odt, .ods, .odp, .epub]

    private static let oleSignature: [UInt8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]
}
