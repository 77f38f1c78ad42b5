import Citing
import Embeddings
import Extraction
import Scheduling
import Workers

/// Extraction and chunking of one document: deterministic, on other threads than the caller's, and hostile formats in other processes.
struct Preparation: Sendable {
    let model: ModelIdentity
    let tokens: any TokenCounting
    let limits: ExtractLimits
    /// The reader of the formats that are not read in this process.
    let extraction: any DocumentExtracting
    /// The threads for what is.
    let workers: WorkerPool

    /// Target size of a chunk, in tokens, without title and headings.
    private static let targetTokens = 200
    /// Maximum number of tokens in a chunk's input: the model's limit minus special tokens and prompt.
    private var inputTokens: Int { max(1, model.maxTokens - Self.specialTokens - model.promptTokens) }
    /// Maximum number of input tokens for title and headings; smaller for a model with a small limit.
    private var prefixTokens: Int { min(40, model.maxTokens / 4, inputTokens / 2) }
    /// Number of special tokens: `[CLS]` and `[SEP]`.
    private static let specialTokens = 2

    /// - Parameter key: the tenant that the document belongs to.
    /// - Throws: errors that do not come from the document: a full queue, a cancelled task, or a worker process that cannot be started.
    func prepare(_ source: SourceDocument, for key: WorkKey) async throws -> Result<PreparedDocument, IngestFailure> {
        do {
            if try source.isReadInProcess() {
                return .success(
                    try await workers.run(for: key, .long) { [self] _ in prepared(source, try source.extractInProcess(limits)) })
            }
            let extracted = try await extraction.extract(source.toRead(limits), for: key)
            return .success(try await workers.run(for: key, .long) { [self] _ in prepared(source, extracted) })
        } catch let error as ExtractError {
            return .failure(IngestFailure(error))
        }
    }

    private func prepared(_ source: SourceDocument, _ extracted: ExtractedDocument) -> PreparedDocument {
        let title = source.title ?? extracted.title
        let chunker = Chunker(
            maxTokens: inputTokens, targetTokens: Self.targetTokens, reservedTokens: prefixTokens, counter: tokens)
        let chunks = chunker.chunks(of: extracted, title: title).map {
            PreparedChunk(chunk: $0, prefix: prefix(title: title, headings: $0.headings), model: model.tag)
        }
        return PreparedDocument(
            source: source, title: title, mediaType: extracted.mediaType.essence, text: extracted.text, chunks: chunks,
            parts: extracted.passageParts)
    }

    /// Returns title and headings, one per line. If they exceed the budget, returns the leading words that fit, on one line.
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
