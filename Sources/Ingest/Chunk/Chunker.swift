/// Cuts a document into passages for the embedding model.
///
/// Sections are kept apart, except that small ones under the same parent share a chunk; inside a section whole blocks
/// are packed up to the target. A block that is too long is cut into sentences, or lines if it is code or a table, those
/// into lines, words and at last scalars. Every byte that is not white is in exactly one chunk, in order.
public struct Chunker: Sendable {
    /// The most tokens of a chunk's own text: the model's limit less special tokens and `reservedTokens`.
    let budgetTokens: Int
    let targetTokens: Int
    let counter: any TokenCounting

    /// No chunk is longer, in bytes: a word the vocabulary does not know is one token however long it is.
    static let maxChunkBytes = 4096

    /// Sections with fewer tokens look for company, and so does what is left at a section's end.
    var smallTokens: Int { max(1, targetTokens / 4) }

    /// - Parameters:
    ///   - maxTokens: what the model takes, without its special tokens.
    ///   - targetTokens: packing stops here; at most the budget.
    ///   - reservedTokens: left free in each chunk for the title and headings that the caller puts before it.
    public init(maxTokens: Int, targetTokens: Int = 200, reservedTokens: Int = 0, counter: some TokenCounting) {
        precondition(maxTokens > 0 && reservedTokens >= 0, "chunker: \(maxTokens) tokens, \(reservedTokens) reserved")
        precondition(reservedTokens < maxTokens, "chunker: \(reservedTokens) of \(maxTokens) tokens reserved")
        budgetTokens = maxTokens - reservedTokens
        self.targetTokens = min(max(1, targetTokens), budgetTokens)
        self.counter = counter
    }

    /// - Parameter title: the title the document is shown under; see `Chunk.headingPath`.
    /// - Returns: chunks in order, each of at most `maxTokens - reservedTokens` tokens and 4,096 bytes (only a scalar
    ///   that is more tokens by itself would exceed them). The same for the same document.
    /// - Complexity: linear in the text; each byte is counted at most seven times.
    public func chunks(of document: ExtractedDocument, title: String? = nil) -> [Chunk] {
        let source = ChunkSource(document, counter: counter)
        let sections = Section.sections(of: document, source).map { pack($0, source) }
        let writer = ChunkWriter(source: source, budgetTokens: budgetTokens, title: title)
        return merge(sections).flatMap(writer.chunks)
    }

    /// Small sections with their neighbours.
    private func merge(_ sections: [[Passage]]) -> [Passage] {
        var merged: [Passage] = []
        // Whether the last passage is a whole section, or several.
        var lastIsWhole = false
        for passages in sections {
            guard let first = passages.first else { continue }
            var rest = passages[...]
            if lastIsWhole, let last = merged.last, mayJoin(last, first, firstIsWhole: passages.count == 1) {
                merged[merged.count - 1] = last.joined(first)
                rest = rest.dropFirst()
                lastIsWhole = passages.count == 1
            } else {
                lastIsWhole = passages.count == 1
            }
            merged.append(contentsOf: rest)
        }
        return merged
    }

    private func mayJoin(_ last: Passage, _ next: Passage, firstIsWhole: Bool) -> Bool {
        guard next.end - last.start <= Self.maxChunkBytes else { return false }
        let tokens = last.tokens + next.tokens
        // A heading with nothing under it but the next heading goes with that.
        if !last.hasBody, next.isInside(last) { return tokens <= budgetTokens }
        guard firstIsWhole, tokens <= targetTokens, next.isUnderParent(of: last) else { return false }
        // And waits for it, rather than end the chunk before.
        if last.hasBody, !next.hasBody { return false }
        return last.tokens < smallTokens || next.tokens < smallTokens
    }
}
