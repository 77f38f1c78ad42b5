public import Extraction

/// The extraction of text from RTF.
///
/// Groups are followed with a stack of bounded size. Destinations that are not shown are skipped: fonts, colours, pictures, embedded
/// objects, instructions of fields, page headers and footers. Hidden text and deletions under revision are left out. A footnote follows the
/// paragraph that refers to it.
///
/// - Source: Rich Text Format Specification 1.9.1.
public enum RTFReader {
    /// - Throws: `.malformed` if the file does not begin with `{\rtf`, `.tooLarge`, `.empty`.
    /// - Complexity: linear in the size of the file.
    public static func read(_ file: FileBytes, _ context: ReadingContext) throws(ExtractError) -> ExtractedDocument {
        guard file.count <= context.limits.maxBytes else {
            throw ExtractError(.tooLarge, "the document has \(file.count) bytes; the maximum is \(context.limits.maxBytes)")
        }
        let bytes = file.all
        guard bytes.prefix(64).drop(while: { Ascii.isWhite($0) || $0 >= 0x80 }).starts(with: "{\\rtf".utf8) else {
            throw ExtractError(.malformed, "the file does not begin as RTF")
        }
        let run = RTFRun(limits: context.limits)
        for token in RTFTokens(bytes) {
            if run.isFull { break }
            run.take(token)
        }
        return try run.document()
    }
}
