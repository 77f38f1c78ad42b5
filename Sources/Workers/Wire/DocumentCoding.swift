import Extraction

extension ByteWriter {
    mutating func write(_ document: ExtractedDocument) {
        let (blocks, parts) = (WireFormat.blockBytes * document.blocks.count, WireFormat.partBytes * document.parts.count)
        reserve(document.text.utf8.count + blocks + parts + 4096)
        write(document.title)
        write(document.mediaType.essence)
        write(document.text)
        write(UInt32(clamping: document.blocks.count))
        for block in document.blocks { write(block) }
        write(UInt32(clamping: document.parts.count))
        for part in document.parts { write(part) }
    }

    private mutating func write(_ block: TextBlock) {
        let (kind, detail) = block.kind.code
        write(kind)
        write(detail)
        write(UInt16(block.header == nil ? 0 : 1))
        write(block.range)
        write(block.header ?? 0..<0)
    }

    private mutating func write(_ part: DocumentPart) {
        write(UInt8(DocumentPart.Kind.allCases.firstIndex(of: part.kind) ?? 0))
        write(UInt8(0))
        write(UInt16(0))
        write(UInt32(clamping: part.number))
        write(part.range)
        write(part.label)
    }

    private mutating func write(_ range: Range<Int>) {
        write(UInt32(clamping: range.lowerBound))
        write(UInt32(clamping: range.upperBound))
    }
}

extension ByteReader {
    /// - Throws: `WireError` for what is no document. Whether the ranges are right is for `ExtractedDocument.fault` to say.
    mutating func document(_ limits: ExtractLimits) throws(WireError) -> ExtractedDocument {
        let title = try text(maximum: WireReply.longestTitle)
        guard let mediaType = MediaType(try presentText(maximum: 128)) else { throw WireError("the media type is invalid") }
        let text = try presentText(maximum: limits.maxTextBytes)
        let blockCount = try listCount(maximum: limits.maxBlocks, bytesEach: WireFormat.blockBytes)
        var blocks: [TextBlock] = []
        blocks.reserveCapacity(blockCount)
        for _ in 0..<blockCount { blocks.append(try block()) }
        let partCount = try listCount(maximum: limits.maxParts, bytesEach: WireFormat.partBytes)
        var parts: [DocumentPart] = []
        for _ in 0..<partCount { parts.append(try part()) }
        return ExtractedDocument(title: title, text: text, blocks: blocks, mediaType: mediaType, parts: parts)
    }

    mutating func refusal() throws(WireError) -> ExtractError {
        guard let code = ExtractError.Code(rawValue: try presentText(maximum: 64)) else { throw WireError("the refusal's code is unknown") }
        let detail = try presentText(maximum: WireReply.longestDetail)
        guard detail.unicodeScalars.allSatisfy({ $0.value >= 0x20 }) else { throw WireError("the refusal's text has controls") }
        return ExtractError(code, detail)
    }

    /// Returns the number of elements of a list that the remaining bytes can hold, so that memory is taken only for what is there.
    private mutating func listCount(maximum: Int, bytesEach: Int) throws(WireError) -> Int {
        let count = Int(try number(UInt32.self))
        guard count <= maximum, count <= remaining / bytesEach else { throw WireError("a list of \(count) elements is too long") }
        return count
    }

    private mutating func block() throws(WireError) -> TextBlock {
        let (code, detail) = (try number(UInt8.self), try number(UInt8.self))
        guard let kind = TextBlock.Kind(code: code, detail: detail) else { throw WireError("a block is of kind \(code), \(detail)") }
        let hasHeader = try number(UInt16.self)
        let (range, header) = (try range(), try range())
        guard hasHeader <= 1, hasHeader == 1 || header == 0..<0 else { throw WireError("a block's header is invalid") }
        return TextBlock(kind: kind, range: range, header: hasHeader == 1 ? header : nil)
    }

    private mutating func part() throws(WireError) -> DocumentPart {
        let kind = Int(try number(UInt8.self))
        guard kind < DocumentPart.Kind.allCases.count, try number(UInt8.self) == 0, try number(UInt16.self) == 0 else {
            throw WireError("a part is of kind \(kind)")
        }
        let number = Int(try number(UInt32.self))
        let range = try range()
        let label = try text(maximum: WireReply.longestLabel)
        return DocumentPart(kind: DocumentPart.Kind.allCases[kind], number: number, label: label, range: range)
    }

    private mutating func range() throws(WireError) -> Range<Int> {
        let (start, end) = (Int(try number(UInt32.self)), Int(try number(UInt32.self)))
        guard start <= end else { throw WireError("a range ends before it begins") }
        return start..<end
    }
}

extension TextBlock.Kind {
    /// The kind in `WireFormat`, and the level of a heading or the delimiter of a record.
    fileprivate var code: (kind: UInt8, detail: UInt8) {
        switch self {
        case .heading(let level): (0, UInt8(clamping: level))
        case .paragraph: (1, 0)
        case .listItem: (2, 0)
        case .code: (3, 0)
        case .tableRow: (4, 0)
        case .record(let delimiter): (5, delimiter)
        case .json: (6, 0)
        case .quote: (7, 0)
        }
    }

    fileprivate init?(code: UInt8, detail: UInt8) {
        switch (code, detail) {
        case (0, 1...6): self = .heading(level: Int(detail))
        case (1, 0): self = .paragraph
        case (2, 0): self = .listItem
        case (3, 0): self = .code
        case (4, 0): self = .tableRow
        case (5, 1..<0x80): self = .record(delimiter: detail)
        case (6, 0): self = .json
        case (7, 0): self = .quote
        default: return nil
        }
    }
}
