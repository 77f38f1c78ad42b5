public import Extraction

/// The reader of every supported format: bytes in, document out, with no access to files, network, tenants or other processes.
///
/// It runs in a worker process, because most readers stand on libraries in C and C++.
public enum DocumentReader {
    /// Reads a file whose format is recognised by its bytes, its name and its declared type.
    ///
    /// - Parameter contentType: the declared `Content-Type`, with parameters.
    /// - Throws: as `read(_:format:_:)` does, and `.unsupportedMediaType` if the format is unknown.
    public static func read(
        _ file: FileBytes, contentType: String?, _ context: ReadingContext
    ) throws(ExtractError) -> ExtractedDocument {
        try checkSize(file, context)
        let format = try DocumentFormat.detect(contentType: contentType, fileName: context.fileName, file: file)
        var context = context
        context.declaredCharset = context.declaredCharset ?? contentType.flatMap { MediaType($0) }?.charset
        return try read(file, format: format, context)
    }

    /// - Throws: the reader's error, `.tooLarge` for a file beyond the limit, `.unsupportedMediaType` for a format that no reader reads, and
    ///   `.malformed` for files nested deeper than the limit.
    public static func read(
        _ file: FileBytes, format: DocumentFormat, _ context: ReadingContext
    ) throws(ExtractError) -> ExtractedDocument {
        try checkSize(file, context)
        guard context.depth <= context.limits.maxNesting else {
            throw ExtractError(.malformed, "files are nested more than \(context.limits.maxNesting) deep")
        }
        guard let reader = ReaderTable.reader(of: format) else {
            throw ExtractError(
                .unsupportedMediaType, "\(format.mediaType.essence), of Office before 2007, is not read; save it as DOCX, XLSX or PPTX")
        }
        return try reader(file, format, context)
    }

    /// Reads a file inside another one, such as an attachment of a message, one level deeper.
    ///
    /// - Throws: as `read(_:contentType:_:)` does.
    public static func read(
        attachment file: FileBytes, contentType: String?, fileName: String?, of context: ReadingContext
    ) throws(ExtractError) -> ExtractedDocument {
        var inner = context
        inner.depth += 1
        (inner.fileName, inner.declaredCharset) = (fileName, nil)
        return try read(file, contentType: contentType, inner)
    }

    /// Does what readers do once in a process, while files can still be opened: a worker calls it before it gives up that right.
    public static func prepare() {
        let page = FileBytes(Array("<html><body><h1>a</h1><p>b</p></body></html>".utf8))
        _ = try? read(page, format: .html, ReadingContext(limits: ExtractLimits()))
    }

    private static func checkSize(_ file: FileBytes, _ context: ReadingContext) throws(ExtractError) {
        guard file.count <= context.limits.maxBytes else {
            throw ExtractError(.tooLarge, "the document has \(file.count) bytes; the maximum is \(context.limits.maxBytes)")
        }
    }
}
