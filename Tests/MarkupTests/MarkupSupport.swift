import Extraction
import Markup
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

func rtf(_ text: String, limits: ExtractLimits = ExtractLimits()) throws -> ExtractedDocument {
    // Each scalar up to U+00FF is one byte.
    try RTFReader.read(FileBytes(text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }), ReadingContext(limits: limits))
}
