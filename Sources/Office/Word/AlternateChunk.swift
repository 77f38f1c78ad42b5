import Extraction

/// A file of another format inside of a Word document, which Word shows as part of it.
enum AlternateChunk {
    /// - Throws: `.tooLarge` and `.encrypted`; a chunk that cannot be read is left out.
    static func blocks(_ part: String?, _ archive: ZipArchive, _ context: ReadingContext) throws(ExtractError) -> [ContentBlock] {
        guard let part, let bytes = try archive.contents(part) else { return [] }
        do throws(ExtractError) {
            guard let document = try read(bytes, part, context) else { return [] }
            return [.document(document)]
        } catch {
            if error.code == .tooLarge { throw error }
            return []
        }
    }

    private static func read(_ bytes: [UInt8], _ part: String, _ context: ReadingContext) throws(ExtractError) -> ExtractedDocument? {
        let name = part.lowercased()
        if bytes.starts(with: "PK".utf8) {
            guard context.depth < context.limits.maxNesting else { return nil }
            var inner = context
            inner.depth += 1
            return try OfficeReader.read(FileBytes(bytes), format: .docx, inner)
        }
        let format: DocumentFormat
        switch name {
        case _ where name.hasSuffix(".xhtml"): format = .xhtml
        case _ where name.hasSuffix("htm") || name.hasSuffix("html"): format = .html
        case _ where name.hasSuffix(".txt"): format = .plainText
        default:
            guard bytes.prefix(1_000).contains(UInt8(ascii: "<")), !bytes.starts(with: "{\\rtf".utf8) else { return nil }
            format = .html
        }
        return try Extractor.extract(bytes, format: format, limits: context.limits)
    }
}
