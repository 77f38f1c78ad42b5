/// Turns an uploaded file into text with structure. Pure: no files, no network, no tenant.
public enum Extractor {
    /// - Parameters:
    ///   - bytes: the whole file.
    ///   - declaredCharset: of the `Content-Type`; a byte order mark, or being valid UTF-8, counts for more.
    /// - Throws: `.tooLarge`, `.undecodable`, `.empty`, `.malformed`.
    /// - Complexity: linear in `bytes`; memory a small multiple of them.
    public static func extract(
        _ bytes: [UInt8], format: DocumentFormat, declaredCharset: String? = nil, limits: ExtractLimits = ExtractLimits()
    ) throws(ExtractError) -> ExtractedDocument {
        guard bytes.count <= limits.maxBytes else {
            throw ExtractError(.tooLarge, "\(bytes.count) bytes are more than the \(limits.maxBytes) allowed")
        }
        let declared = TextDecoder.Declaration(
            transport: declaredCharset.map(CharsetLabel.init),
            inside: format == .html ? HTMLMetaCharset.find(bytes).map(CharsetLabel.init) : nil)
        let utf8 = try TextDecoder.decode(bytes, declared)
        let document =
            switch format {
            case .plainText: try plainText(utf8, limits)
            case .markdown: try markdown(utf8, limits)
            case .html: try HTMLExtractor.extract(utf8, limits)
            }
        guard !document.blocks.isEmpty else { throw ExtractError(.empty, "the document has no text") }
        return document
    }

    /// Text that is known to be text: nothing about it is guessed.
    ///
    /// - Parameter text: UTF-8; any newlines.
    /// - Throws: `.tooLarge`, `.empty`, and `.undecodable` for NUL.
    public static func extract(text: [UInt8], limits: ExtractLimits = ExtractLimits()) throws(ExtractError) -> ExtractedDocument {
        guard !text.contains(0) else { throw ExtractError(.undecodable, "the text holds NUL characters") }
        let document = try plainText(TextDecoder.normalisingNewlines(text), limits)
        guard !document.blocks.isEmpty else { throw ExtractError(.empty, "the document has no text") }
        return document
    }

    private static func plainText(_ utf8: [UInt8], _ limits: ExtractLimits) throws(ExtractError) -> ExtractedDocument {
        try check(utf8, limits)
        let blocks = try PlainTextBlocks.blocks(utf8, limits: limits)
        return ExtractedDocument(
            title: nil, text: String(decoding: utf8, as: UTF8.self), blocks: blocks, mediaType: .plainText)
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
            throw ExtractError(.tooLarge, "\(utf8.count) bytes of text are more than the \(limits.maxTextBytes) allowed")
        }
        guard !White.isBlank(utf8[...]) else { throw ExtractError(.empty, "the document has no text") }
    }
}
