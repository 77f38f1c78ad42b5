/// The paragraphs of plain text, which blank lines separate.
enum PlainTextBlocks {
    static func blocks(_ utf8: [UInt8], limits: ExtractLimits) throws(ExtractError) -> [TextBlock] {
        var blocks: [TextBlock] = []
        var start: Int?
        var end = 0
        for line in Lines(utf8) {
            let content = White.trim(utf8, line)
            if !content.isEmpty {
                if start == nil { start = line.lowerBound }
                end = content.upperBound
            } else if let first = start {
                try append(&blocks, first..<end, limits)
                start = nil
            }
        }
        if let start { try append(&blocks, start..<end, limits) }
        return blocks
    }

    private static func append(
        _ blocks: inout [TextBlock], _ range: Range<Int>, _ limits: ExtractLimits
    ) throws(ExtractError) {
        guard blocks.count < limits.maxBlocks else {
            throw ExtractError(.tooLarge, "the document has more than \(limits.maxBlocks) paragraphs")
        }
        blocks.append(TextBlock(kind: .paragraph, range: range))
    }
}

/// The lines of a text, as byte ranges without their newline.
package struct Lines: Sequence, IteratorProtocol {
    private let utf8: [UInt8]
    private var cursor: Int
    private let end: Int

    package init(_ utf8: [UInt8]) { self.init(utf8, 0..<utf8.count) }

    package init(_ utf8: [UInt8], _ range: Range<Int>) { (self.utf8, cursor, end) = (utf8, range.lowerBound, range.upperBound) }

    package mutating func next() -> Range<Int>? {
        guard cursor < end else { return nil }
        let start = cursor
        var i = start
        while i < end, utf8[i] != Ascii.newline { i += 1 }
        cursor = i + 1
        return start..<i
    }
}
