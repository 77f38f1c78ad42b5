/// The extraction of structured text from a text file: pure functions without file, network or tenant access.
public enum Extractor {
    /// - Parameters:
    ///   - bytes: the whole file.
    ///   - format: one of the formats for which `isText` is true.
    ///   - declaredCharset: the charset of the `Content-Type`. A byte order mark precedes it, and valid UTF-8 precedes all but UTF-16.
    /// - Throws: `.tooLarge`, `.undecodable`, `.empty`, `.malformed`, and `.unsupportedMediaType` for a format that is not text.
    /// - Complexity: linear in the size of `bytes`; memory is a small multiple of it.
    public static func extract(
        _ bytes: [UInt8], format: DocumentFormat, declaredCharset: String? = nil, limits: ExtractLimits = ExtractLimits()
    ) throws(ExtractError) -> ExtractedDocument {
        guard format.isText else { throw .unsupported(format.mediaType.essence) }
        guard bytes.count <= limits.maxBytes else {
            throw ExtractError(.tooLarge, "the document has \(bytes.count) bytes; the maximum is \(limits.maxBytes)")
        }
        let declared = TextDecoder.Declaration(
            transport: declaredCharset.map(CharsetLabel.init),
            inside: format == .html || format == .xhtml ? HTMLMetaCharset.find(bytes).map(CharsetLabel.init) : nil)
        let utf8 = try TextDecoder.decode(bytes, declared)
        let document =
            switch format {
            case .plainText: try plainText(utf8, limits)
            case .csv: try text(utf8, limits, DelimitedText.blocks)
            case .json: try text(utf8, limits, json)
            case .markdown: try markdown(utf8, limits)
            case .html, .xhtml: try HTMLExtractor.extract(utf8, isXML: format == .xhtml, limits)
            default:
                throw ExtractError(
                    .unsupportedMediaType,
                    "\(format.mediaType.essence) is not text; only text/plain, text/markdown, text/html, CSV and JSON are read as text")
            }
        guard !document.blocks.isEmpty else { throw ExtractError(.empty, "the document has no text") }
        return document
    }

    /// Extracts a document from decoded plain text, without detecting format or encoding.
    ///
    /// - Parameter text: UTF-8 with any kind of newlines.
    /// - Throws: `.tooLarge`, `.empty`, and `.undecodable` for NUL characters.
    public static func extract(text: [UInt8], limits: ExtractLimits = ExtractLimits()) throws(ExtractError) -> ExtractedDocument {
        guard !text.contains(0) else { throw ExtractError(.undecodable, "the text contains NUL characters") }
        let document = try plainText(TextDecoder.normalisingNewlines(text), limits)
        guard !document.blocks.isEmpty else { throw ExtractError(.empty, "the document has no text") }
        return document
    }

    private static func plainText(_ utf8: [UInt8], _ limits: ExtractLimits) throws(ExtractError) -> ExtractedDocument {
        let document = try text(utf8, limits, PlainTextBlocks.blocks)
        return ExtractedDocument(
            title: nil, text: document.text, blocks: document.blocks, mediaType: .plainText, parts: FormFeedPages.parts(utf8, limits))
    }

    private static func json(_ utf8: [UInt8], limits: ExtractLimits) -> [TextBlock] {
        [TextBlock(kind: .json, range: White.trim(utf8, 0..<utf8.count))]
    }

    /// Returns the text itself, with the blocks that `blocks` finds in it.
    private static func text(
        _ utf8: [UInt8], _ limits: ExtractLimits, _ blocks: ([UInt8], ExtractLimits) throws(ExtractError) -> [TextBlock]
    ) throws(ExtractError) -> ExtractedDocument {
        try check(utf8, limits)
        return ExtractedDocument(
            title: nil, text: String(decoding: utf8, as: UTF8.self), blocks: try blocks(utf8, limits), mediaType: .plainText)
    }

    private static func markdown(_ utf8: [UInt8], _ limits: ExtractLimits) throws(ExtractError) -> ExtractedDocument {
        try check(utf8, limits)
        var scanner = MarkdownBlocks(utf8, limits: limits)
        let blocks = try scanner.scan()
        return ExtractedDocument(
            title: scanner.title, text: String(decoding: utf8, as: UTF8.self), blocks: blocks, mediaType: .markdown)
    }

    private static func check(_ utf8: [UInt8], _ limits: ExtractLimits) throws(ExtractError) {
        guard utf8.count <= limits.maxTextBytes else {
            throw ExtractError(.tooLarge, "the document has \(utf8.count) bytes of text; the maximum is \(limits.maxTextBytes)")
        }
        guard !White.isBlank(utf8[...]) else { throw ExtractError(.empty, "the document has no text") }
    }
}
