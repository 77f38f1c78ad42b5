/// A heading with the blocks up to the next heading.
struct Section {
    /// The enclosing headings and the section's own heading, outermost first.
    var path: [Heading]
    /// The blocks, disjoint and in order. Only the first may be a heading.
    var blocks: [TextBlock]
    /// The sheet, slide or attachment that all of its blocks are in, by number; `nil` if they are in none.
    let separatePart: Int?

    struct Heading: Sendable {
        let level: Int
        /// An id that distinguishes headings with the same text.
        let id: Int
        let title: String
    }

    /// - Returns: sections in order that cover all text except white space. Text outside of blocks becomes paragraphs. A section has no
    ///   text from inside and outside of a sheet, slide or attachment, and headings inside of one enclose nothing outside.
    static func sections(of document: ExtractedDocument, _ source: ChunkSource) -> [Section] {
        var sections: [Section] = []
        var parts = SeparateParts(document.parts)
        var current = Section(path: [], blocks: [], separatePart: nil)
        var outside: [Heading] = []
        for block in covering(document.blocks, parts.boundaries, source) {
            let part = parts.part(at: block.range.lowerBound)
            if part != current.separatePart {
                if !current.blocks.isEmpty { sections.append(current) }
                if current.separatePart == nil { outside = current.path }
                current = Section(path: outside, blocks: [], separatePart: part)
            }
            if case .heading(let level) = block.kind {
                if !current.blocks.isEmpty { sections.append(current) }
                let title = title(of: block.range, document.mediaType, source)
                let outer = current.path.filter { $0.level < level }
                current = Section(
                    path: outer + [Heading(level: level, id: block.range.lowerBound, title: title)], blocks: [], separatePart: part)
            }
            current.blocks.append(block)
        }
        if !current.blocks.isEmpty { sections.append(current) }
        return sections
    }

    private static func title(of range: Range<Int>, _ mediaType: MediaType, _ source: ChunkSource) -> String {
        let bytes = source.utf8[range]
        return mediaType == .markdown
            ? MarkdownInline.plainText(ofHeading: bytes, maxScalars: 200)
            : OneLine.text(Array(bytes.prefix(2000)), maxScalars: 200)
    }

    /// Returns the blocks, trimmed, with the gaps between them as paragraphs. Overlapping and out-of-range blocks are clipped.
    ///
    /// - Parameter boundaries: offsets in ascending order at which blocks are cut.
    private static func covering(_ blocks: [TextBlock], _ boundaries: [Int], _ source: ChunkSource) -> [TextBlock] {
        var result: [TextBlock] = []
        var done = 0
        var cuts = boundaries.map(source.scalarBoundary)[...]
        func append(_ kind: TextBlock.Kind, _ upper: Int, _ header: Range<Int>?) {
            let range = White.trim(source.utf8, done..<max(done, upper))
            if !range.isEmpty { result.append(TextBlock(kind: kind, range: range, header: header)) }
            done = max(done, upper)
        }
        func add(_ kind: TextBlock.Kind, _ upper: Int, header: Range<Int>? = nil) {
            while let cut = cuts.first, cut < upper {
                append(kind, cut, header)
                cuts.removeFirst()
            }
            append(kind, upper, header)
        }
        for block in blocks {
            add(.paragraph, source.scalarBoundary(block.range.lowerBound))
            add(block.kind, source.scalarBoundary(block.range.upperBound), header: block.header?.clamped(to: 0..<source.utf8.count))
        }
        add(.paragraph, source.utf8.count)
        return result
    }
}
