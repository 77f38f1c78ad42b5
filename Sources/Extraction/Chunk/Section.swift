/// A heading with the blocks up to the next heading.
struct Section {
    /// The enclosing headings and the section's own heading, outermost first.
    var path: [Heading]
    /// The blocks, disjoint and in order. Only the first may be a heading.
    var blocks: [TextBlock]

    struct Heading: Sendable {
        let level: Int
        /// An id that distinguishes headings with the same text.
        let id: Int
        let title: String
    }

    /// - Returns: sections in order that cover all text except white space. Text outside of blocks becomes paragraphs.
    static func sections(of document: ExtractedDocument, _ source: ChunkSource) -> [Section] {
        var sections: [Section] = []
        var current = Section(path: [], blocks: [])
        for block in covering(document.blocks, source) {
            if case .heading(let level) = block.kind {
                if !current.blocks.isEmpty { sections.append(current) }
                let title = title(of: block.range, document.mediaType, source)
                let outer = current.path.filter { $0.level < level }
                current = Section(
                    path: outer + [Heading(level: level, id: block.range.lowerBound, title: title)], blocks: [])
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
    private static func covering(_ blocks: [TextBlock], _ source: ChunkSource) -> [TextBlock] {
        var result: [TextBlock] = []
        var done = 0
        func add(_ kind: TextBlock.Kind, _ upper: Int, header: Range<Int>? = nil) {
            let range = White.trim(source.utf8, done..<max(done, upper))
            if !range.isEmpty { result.append(TextBlock(kind: kind, range: range, header: header)) }
            done = max(done, upper)
        }
        for block in blocks {
            add(.paragraph, source.scalarBoundary(block.range.lowerBound))
            add(block.kind, source.scalarBoundary(block.range.upperBound), header: block.header?.clamped(to: 0..<source.utf8.count))
        }
        add(.paragraph, source.utf8.count)
        return result
    }
}
