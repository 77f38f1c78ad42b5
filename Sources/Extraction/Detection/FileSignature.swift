/// The signatures of supported binary formats.
enum FileSignature {
    /// Returns the format that the bytes have by their signature; `nil` if there is none.
    ///
    /// - Parameters:
    ///   - head: the first bytes of the file.
    ///   - declared: the format that the media type indicates, and `named` the one that the name does. They decide between formats
    ///     of one container if the container itself cannot be read.
    /// - Throws: `.unsupportedMediaType` for the signature of another format, `.encrypted` for an encrypted Office file, `.malformed` for an
    ///   archive that is called an Office file and is none.
    static func format(
        _ file: FileBytes, head: [UInt8], declared: DocumentFormat?, named: DocumentFormat?
    ) throws(ExtractError) -> DocumentFormat? {
        if head.starts(with: zip) {
            if let format = ZipListing(file).format(named: named ?? declared) { return format }
            // A file that is called an Office file, and is an archive of other things, is damaged.
            if let format = [named, declared].lazy.compactMap({ $0 }).first(where: archives.contains) {
                throw ExtractError(.malformed, "the archive has no part that a file in \(format.mediaType.essence) begins with")
            }
            throw .unsupported("a ZIP archive that is no Office or EPUB file")
        }
        if head.starts(with: CompoundFile.signature) {
            if let format = try compound(file) ?? [named, declared].compactMap({ $0 }).first(where: compounds.contains) { return format }
            throw .unsupported("an OLE compound file that is no Office file or message")
        }
        if let name = MagicNumber.name(of: head) { throw .unsupported(name) }
        if head.starts(with: "{\\rtf".utf8) { return .rtf }
        if isImage(head, fileBytes: file.count) { return .image }
        return isPDF(head, expected: named == .pdf || declared == .pdf, isNamedAsText: named?.isMarkup == true) ? .pdf : nil
    }

    private static let zip: [UInt8] = [0x50, 0x4B, 0x03, 0x04]
    private static let compounds: Set<DocumentFormat> = [.doc, .xls, .ppt, .msg]
    private static let archives: Set<DocumentFormat> = [.docx, .xlsx, .pptx, .odt, .ods, .odp, .epub]

    private static func compound(_ file: FileBytes) throws(ExtractError) -> DocumentFormat? {
        guard let compound = try? CompoundFile(file) else { return nil }
        guard !compound.isEncryptedOffice else { throw ExtractError(.encrypted, "the Office file is encrypted with a password") }
        return compound.format
    }

    /// Returns whether the file is a PDF: `%PDF-` follows a byte order mark and white space, or other bytes within the first kilobyte,
    /// which PDF readers skip. A text that mentions the mark is none.
    private static func isPDF(_ head: [UInt8], expected: Bool, isNamedAsText: Bool) -> Bool {
        let start = head.prefix(1024 + 5)
        let marked = start.starts(with: [0xEF, 0xBB, 0xBF]) ? start.dropFirst(3) : start
        let mark = Array("%PDF-".utf8)
        if marked.drop(while: Ascii.isWhite).starts(with: mark) { return true }
        guard expected || !isNamedAsText, start.count >= mark.count else { return false }
        for i in 0...(start.count - mark.count) where start[i] == mark[0] && start[i...].starts(with: mark) {
            if expected || start[..<i].contains(0)
                || start[i...].dropFirst(5).first.map(Ascii.isDigit) == true && start[i - 1] == Ascii.newline
            {
                return true
            }
        }
        return false
    }

    private static func isImage(_ head: [UInt8], fileBytes: Int) -> Bool {
        if images.contains(where: { head.starts(with: $0) }) { return true }
        if head.starts(with: "RIFF".utf8), head.dropFirst(8).starts(with: "WEBP".utf8) { return true }
        // BMP: the size of the file, two zeros, and the size of the second header.
        guard head.starts(with: "BM".utf8), head.count >= 26, head[6..<10].allSatisfy({ $0 == 0 }) else { return false }
        return head[15] == 0 && head[16] == 0 && head[17] == 0 && [12, 40, 52, 56, 64, 108, 124].contains(head[14])
    }

    private static let images: [[UInt8]] = [
        [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], [0xFF, 0xD8, 0xFF], Array("GIF87a".utf8), Array("GIF89a".utf8),
        [0x49, 0x49, 0x2A, 0x00], [0x4D, 0x4D, 0x00, 0x2A],
    ]
}
