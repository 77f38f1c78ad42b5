import Embeddings

/// Extraction and chunking of one document: computes only, and the same for the same bytes.
struct Preparation: Sendable {
    let model: ModelIdentity
    let tokens: any TokenCounting
    let limits: ExtractLimits

    /// Where a chunk is full, title and headings not counted.
    private static let targetTokens = 200
    /// Most tokens of a chunk's input: what the model's own tokens leave.
    private var inputTokens: Int { max(1, model.maxTokens - Self.specialTokens - model.promptTokens) }
    /// Most tokens that title and headings may take of it: less where the model reads little.
    private var prefixTokens: Int { min(40, model.maxTokens / 4, inputTokens / 2) }
    /// `[CLS]` and `[SEP]`.
    private static let specialTokens = 2

    func prepare(_ source: SourceDocument) -> Result<PreparedDocument, IngestFailure> {
        do {
            return .success(prepared(source, try source.extract(limits)))
        } catch {
            return .failure(IngestFailure(error))
        }
    }

    private func prepared(_ source: SourceDocument, _ extracted: ExtractedDocument) -> PreparedDocument {
        let title = source.title ?? extracted.title
        let chunker = Chunker(
            maxTokens: inputTokens, targetTokens: Self.targetTokens, reservedTokens: prefixTokens, counter: tokens)
        let chunks = chunker.chunks(of: extracted, title: title).map {
            PreparedChunk(chunk: $0, prefix: prefix(title: title, headings: $0.headingPath), model: model.tag)
        }
        return PreparedDocument(
            source: source, title: title, mediaType: extracted.mediaType.essence, text: extracted.text, chunks: chunks)
    }

    /// Title and headings on one line each, cut to whole words within the budget.
    private func prefix(title: String?, headings: [String]) -> String {
        var parts = headings.first == title ? [] : [title].compactMap(\.self)
        parts.append(contentsOf: headings)
        let full = parts.joined(separator: "\n")
        guard tokens.tokenCount(full[...]) > prefixTokens else { return full }
        var words = full.utf8.split(separator: Ascii.space).prefix(prefixTokens).map { Substring($0) }[...]
        while !words.isEmpty, tokens.tokenCount(words.joined(separator: " ")[...]) > prefixTokens { words.removeLast() }
        return words.joined(separator: " ")
    }
}
