internal import CPDFium
public import Extraction
import Synchronization

/// Reads the text of PDF files with PDFium.
public enum PDFReader {
    /// Returns the text of the document with its pages as parts.
    ///
    /// One document is read at a time in a process, because PDFium is not thread-safe: the others wait.
    ///
    /// - Throws: `.readerMissing` without PDFium; `.encrypted` if a password is needed; `.malformed` if the file cannot be repaired;
    ///   `.noTextLayer` if no page has text and none was recognised; `.tooLarge` if a limit is exceeded.
    public static func read(_ file: FileBytes, _ context: ReadingContext) throws(ExtractError) -> ExtractedDocument {
        let result = PDFLibrary.lock.withLock { _ -> Result<ExtractedDocument, ExtractError> in
            if let failure = PDFLibrary.loadLocked() { return .failure(failure) }
            do throws(ExtractError) {
                return .success(try file.withUnsafeBytes { (bytes) throws(ExtractError) in try read(bytes, context) })
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    private static func read(_ bytes: UnsafeRawBufferPointer, _ context: ReadingContext) throws(ExtractError) -> ExtractedDocument {
        let document = try PDFDocument(bytes)
        guard document.pageCount > 0 else { throw ExtractError(.malformed, "the PDF has no pages") }
        guard document.pageCount <= context.limits.maxParts else {
            throw ExtractError(.tooLarge, "the PDF has \(document.pageCount) pages, more than \(context.limits.maxParts)")
        }
        let reader = PageReader(context: context)
        var pages: [PageContent] = []
        for index in 0..<document.pageCount {
            var content = PageContent()
            if let page = cp_page_open(document.handle, Int32(index)) {
                defer { cp_page_close(page) }
                content = try reader.read(page, form: document.form)
            }
            content.label = document.label(ofPage: index)
            pages.append(content)
        }
        guard pages.contains(where: { $0.hasText || !$0.recognised.isEmpty || !$0.notes.isEmpty }) else {
            throw ExtractError(.noTextLayer, "none of the \(pages.count) pages of the PDF has a text layer")
        }
        var writer = DocumentWriter(limits: context.limits)
        writer.write(DocumentShape(pages, outline: Outline.titles(document)))
        return try writer.document(title: document.title)
    }
}
