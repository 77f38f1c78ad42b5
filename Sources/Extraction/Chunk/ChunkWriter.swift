import Citing

/// A writer that converts passages to chunks, with the final token counts.
struct ChunkWriter {
    let source: ChunkSource
    let budgetTokens: Int
    /// The document's title; a first heading that equals it is omitted.
    let title: String?
    /// The document's parts that have text, in order.
    let parts: [PassagePart]

    /// - Returns: one chunk, or several if the joined passage exceeds the budget: units that were split inside a word can have
    ///   another token count when they are joined.
    func chunks(_ passage: Passage) -> [Chunk] {
        let titles = titles(of: passage)
        var chunks: [Chunk] = []
        var waiting: [ArraySlice<Unit>] = [passage.units[...]]
        while let units = waiting.popLast() {
            guard let first = units.first, let last = units.last else { continue }
            let span = first.range.lowerBound..<last.range.upperBound
            let text = source.substring(span)
            let tokens = source.tokenCount(span)
            if tokens > budgetTokens, units.count > 1 {
                let half = units.startIndex + units.count / 2
                waiting.append(units[half...])
                waiting.append(units[..<half])
            } else {
                let parts = parts.overlapping(span)
                let names = name(of: parts, unlessAmong: titles).map { [$0] } ?? []
                let headings = names + titles + [first.header.map(columns)].compactMap(\.self)
                chunks.append(Chunk(span: span, headings: headings, text: String(text), tokenCount: tokens, parts: parts))
            }
        }
        return chunks
    }

    /// Maximum number of bytes of a header to read, which happens for each chunk of its table. At most 200 scalars of it are used.
    private static let headerBytes = 2_000

    /// Returns the names of a table's columns, on one line.
    private func columns(_ header: Range<Int>) -> String {
        let line = source.utf8[header].prefix(Self.headerBytes).prefix { $0 != Ascii.newline }
        let names = line.split(separator: Ascii.pipe).map { OneLine.text(Array($0), maxScalars: 200) }.filter { !$0.isEmpty }
        return OneLine.text(Array(names.joined(separator: " | ").utf8), maxScalars: 200)
    }

    private func titles(of passage: Passage) -> [String] {
        let titles = passage.path.map(\.title).filter { !$0.isEmpty }
        guard let title, let first = titles.first, isSame(title, first) else { return titles }
        return Array(titles.dropFirst())
    }

    /// Returns the name of the sheet, slide or attachment, unless the title or a heading repeats it.
    private func name(of parts: [PassagePart], unlessAmong titles: [String]) -> String? {
        guard let part = parts.first, part.isSeparate, let label = part.label else { return nil }
        let name = OneLine.text(Array(label.utf8), maxScalars: 200)
        return name.isEmpty || ([title].compactMap(\.self) + titles).contains { isSame($0, name) } ? nil : name
    }

    private func isSame(_ title: String, _ heading: String) -> Bool {
        OneLine.text(Array(title.utf8), maxScalars: 200).lowercased() == heading.lowercased()
    }
}
