public import Citing

/// A chunker that splits a document into chunks for the embedding model.
///
/// Sections get separate chunks, except that small ones under the same parent share one. Inside a section, whole blocks are
/// packed up to the target. A block that is too long is split into sentences (lines, if it is code; cells, if it is a row of a table;
/// values, if it is JSON), and these into lines, words and finally scalars. Every byte that is not white space is in exactly one chunk, in order, and no chunk begins or ends
/// with white space.
///
/// The headings of a chunk are at most six, each of at most 200 scalars. A chunk of several small sections has the headings that they
/// share. A first heading that only repeats the document's title is omitted. A chunk that begins inside a table has one more, last: the
/// names of the columns.
///
/// A chunk may go on from one page to the next, but has no text of two sheets, slides or attachments, nor of one of them and of what is
/// around it. The name of its sheet, slide or attachment is its first heading, unless the title or a heading is the same.
public struct Chunker: Sendable {
    /// Maximum number of tokens in a chunk's own text: the model's limit minus special tokens and `reservedTokens`.
    let budgetTokens: Int
    let targetTokens: Int
    let counter: any TokenCounting

    /// Maximum chunk size, in bytes, which is needed because an unknown word is one token however long it is.
    static let maxChunkBytes = 4096

    /// Number of tokens below which a section, or the remainder at a section's end, is merged with a neighbour if possible.
    var smallTokens: Int { max(1, targetTokens / 4) }

    /// - Parameters:
    ///   - maxTokens: the model's maximum input, without its special tokens.
    ///   - targetTokens: the number of tokens at which packing stops; at most the budget.
    ///   - reservedTokens: the tokens reserved in each chunk for the title and headings that the caller prepends.
    public init(maxTokens: Int, targetTokens: Int = 200, reservedTokens: Int = 0, counter: some TokenCounting) {
        precondition(maxTokens > 0 && reservedTokens >= 0, "chunker: \(maxTokens) tokens, \(reservedTokens) reserved")
        precondition(reservedTokens < maxTokens, "chunker: \(reservedTokens) of \(maxTokens) tokens reserved")
        budgetTokens = maxTokens - reservedTokens
        self.targetTokens = min(max(1, targetTokens), budgetTokens)
        self.counter = counter
    }

    /// - Parameter title: the document's displayed title; a first heading that repeats it is omitted.
    /// - Returns: chunks in order, each of at most `maxTokens - reservedTokens` tokens and 4,096 bytes. Only a single scalar with
    ///   more tokens can exceed the limit. The result is deterministic.
    /// - Complexity: linear in the text; each byte is counted a bounded number of times.
    public func chunks(of document: ExtractedDocument, title: String? = nil) -> [Chunk] {
        let source = ChunkSource(document, counter: counter)
        let sections = Section.sections(of: document, source).map { pack($0, source) }
        let writer = ChunkWriter(source: source, budgetTokens: budgetTokens, title: title, parts: document.passageParts)
        return merge(sections).flatMap(writer.chunks)
    }

    /// Merges small sections with their neighbours.
    private func merge(_ sections: [[Passage]]) -> [Passage] {
        var merged: [Passage] = []
        // Whether the last passage consists of one or more whole sections.
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
        guard last.separatePart == next.separatePart, next.end - last.start <= Self.maxChunkBytes else { return false }
        let tokens = last.tokens + next.tokens
        // A heading without body text joins the next section if that is nested in it.
        if !last.hasBody, next.isInside(last) { return tokens <= budgetTokens }
        guard firstIsWhole, tokens <= targetTokens, next.isUnderParent(of: last) else { return false }
        // A heading without body text does not join the section before it.
        if last.hasBody, !next.hasBody { return false }
        return last.tokens < smallTokens || next.tokens < smallTokens
    }
}
