/// A splitter that cuts a block into units that each fit a chunk, at the highest level of structure that suffices.
struct BlockSplitter {
    let source: ChunkSource
    /// Maximum number of tokens in a unit; only a single scalar may exceed it.
    let limitTokens: Int

    private enum Level { case sentences, lines, cells(UInt8), values(depth: Int), words, slices, scalars }

    /// Size of a slice of a word, in bytes, which is small enough for several slices to be packed into a chunk.
    private static let sliceBytes = 48

    /// - Returns: units in order, trimmed and not empty, that cover all of the block except white space.
    func units(of block: TextBlock) -> [Unit] {
        let level: Level =
            switch block.kind {
            case .code: .lines
            case .tableRow: .cells(Ascii.pipe)
            case .record(let delimiter): .cells(delimiter)
            case .json: .values(depth: 0)
            case .heading, .paragraph, .listItem, .quote: .sentences
            }
        let units = units(block.range, level)
        guard let header = block.header else { return units }
        return units.map { Unit(range: $0.range, tokens: $0.tokens, header: header) }
    }

    /// Splits `range` recursively, one level at a time, so the recursion is at most a few calls deep.
    private func units(_ range: Range<Int>, _ level: Level) -> [Unit] {
        let range = White.trim(source.utf8, range)
        if range.isEmpty { return [] }
        if range.count <= Chunker.maxChunkBytes {
            let tokens = source.tokenCount(range)
            if tokens <= limitTokens { return [Unit(range: range, tokens: tokens)] }
        }
        return parts(range, level).flatMap { part in
            // A single scalar is not cut, however many tokens it has.
            next(level).map { units(part, $0) } ?? [Unit(range: part, tokens: source.tokenCount(part))]
        }
    }

    /// The next lower level; `nil` after the lowest.
    private func next(_ level: Level) -> Level? {
        switch level {
        case .sentences, .cells: .lines
        case .values(let depth): depth < JSONValues.maximumDepth ? .values(depth: depth + 1) : .lines
        case .lines: .words
        case .words: .slices
        case .slices: .scalars
        case .scalars: nil
        }
    }

    /// Neighbouring parts are joined up to a size that no tokenizer makes into more tokens than fit.
    private var joinedBytes: Int { min(Self.sliceBytes, limitTokens) }

    private func parts(_ range: Range<Int>, _ level: Level) -> [Range<Int>] {
        switch level {
        case .sentences: SentenceBoundaries.sentences(source.utf8, range, joinedBytes: joinedBytes)
        case .lines: lines(range)
        case .cells(let delimiter): DelimitedText.cells(source.utf8, range, delimiter, joinedBytes: joinedBytes)
        case .values: JSONValues.parts(source.utf8, range, joinedBytes: joinedBytes)
        case .words: words(range)
        case .slices: slices(range, Self.sliceBytes)
        case .scalars: slices(range, 1)
        }
    }

    private func lines(_ range: Range<Int>) -> [Range<Int>] {
        var lines = JoinedParts(from: range.lowerBound, joinedBytes)
        for i in range where source.utf8[i] == Ascii.newline { lines.cut(at: i + 1) }
        return lines.parts(upTo: range.upperBound)
    }

    private func words(_ range: Range<Int>) -> [Range<Int>] {
        var words = JoinedParts(from: range.lowerBound, joinedBytes)
        var i = range.lowerBound
        while i < range.upperBound {
            let white = White.length(source.utf8, at: i)
            i += max(white, 1)
            if white > 0 { words.cut(at: min(i, range.upperBound)) }
        }
        return words.parts(upTo: range.upperBound)
    }

    /// Returns slices of about `bytes` bytes, on scalar boundaries, not empty.
    private func slices(_ range: Range<Int>, _ bytes: Int) -> [Range<Int>] {
        var slices: [Range<Int>] = []
        var start = range.lowerBound
        while start < range.upperBound {
            var end = min(start + bytes, range.upperBound)
            while end < range.upperBound, source.utf8[end] & 0xC0 == 0x80 { end += 1 }
            slices.append(start..<end)
            start = end
        }
        return slices
    }
}
