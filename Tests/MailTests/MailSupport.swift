import Extraction
import Mail
import Testing

extension ExtractedDocument {
    /// The kind and text of each block.
    var outline: [String] {
        let utf8 = Array(text.utf8)
        return blocks.map { block in
            let name =
                switch block.kind {
                case .heading(let level): "h\(level)"
                case .record: "record"
                case .json: "json"
                case .paragraph: "p"
                case .listItem: "li"
                case .code: "code"
                case .tableRow: block.header == nil ? "row" : "row+"
                case .quote: "quote"
                }
            return "\(name): \(String(decoding: utf8[block.range], as: UTF8.self))"
        }
    }
}

/// Invariants of a document: blocks and parts in order, on scalar boundaries, and inside of the text.
func expectSound(_ document: ExtractedDocument, _ note: String) {
    let utf8 = Array(document.text.utf8)
    #expect(!utf8.contains(0) && !document.blocks.isEmpty, "\(note)")
    var end = 0
    for block in document.blocks {
        guard block.range.lowerBound >= end, block.range.upperBound <= utf8.count, !block.range.isEmpty,
            String(validating: utf8[block.range], as: UTF8.self) != nil
        else {
            Issue.record("\(note): block \(block.range) after \(end) of \(utf8.count)")
            return
        }
        end = block.range.upperBound
    }
}

/// Reads attachments of mail and text, as a dispatcher of formats does.
func readAttachment(_ file: FileBytes, _ context: ReadingContext, _ contentType: String?) throws(ExtractError) -> ExtractedDocument {
    let format = try DocumentFormat.detect(contentType: contentType, fileName: context.fileName, file: file)
    switch format {
    case .eml, .mbox, .msg:
        return try MailReader.read(
            file, format: format, context,
            attachment: { (file, context, type) throws(ExtractError) in try readAttachment(file, context, type) })
    default: return try Extractor.extract(file.all, format: format, declaredCharset: context.declaredCharset, limits: context.limits)
    }
}

func mail(
    _ bytes: [UInt8], _ format: DocumentFormat = .eml, limits: ExtractLimits = ExtractLimits()
) throws -> ExtractedDocument {
    try MailReader.read(
        FileBytes(bytes), format: format, ReadingContext(limits: limits),
        attachment: { (file, context, type) throws(ExtractError) in try readAttachment(file, context, type) })
}

/// Reads a message whose lines end in CR LF.
func mail(_ text: String, _ format: DocumentFormat = .eml, limits: ExtractLimits = ExtractLimits()) throws -> ExtractedDocument {
    try mail(Array(text.utf8.flatMap { $0 == 0x0A ? [0x0D, 0x0A] : [$0] }), format, limits: limits)
}
