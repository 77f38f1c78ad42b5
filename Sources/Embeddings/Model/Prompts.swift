internal import Foundation
internal import JSON

/// The prompts that a model expects before a text, by the text's purpose: "query: ", "passage: ".
///
/// `config_sentence_transformers.json` contains them, as `prompts` by name and `default_prompt_name`. A query uses the prompt
/// "query"; a passage the first that exists of "document", "passage" and "corpus"; a text whose purpose is unknown, or has no
/// prompt, the default prompt. Without any of these, the text is read unchanged.
/// - Source: `encode_query`, `encode_document` and `encode` of sentence-transformers 5.
struct Prompts: Sendable, Equatable {
    static let file = "config_sentence_transformers.json"

    private(set) var query = ""
    private(set) var passage = ""
    private(set) var plain = ""

    init() {}

    /// - Throws: `.modelInvalid` if a prompt is not a string, or the default prompt is not among them; `.unsupported` if the
    ///   model expects a suffix after a text.
    init(folder: URL) throws(EmbeddingError) {
        guard let file = try ModelFile.ifPresent(Self.file, in: folder) else { return }
        guard file.root.objectValue != nil else { throw .invalid(file.name, "file", "not an object") }
        if try !file.string("suffix", default: "").isEmpty { throw .unsupported(file.name, "suffix", "suffixes are not supported") }
        let prompts = try Self.named(file)
        let fallback = try file.string("default_prompt_name", default: "")
        guard fallback.isEmpty || prompts[fallback] != nil else {
            throw .invalid(file.name, "default_prompt_name", "\"\(fallback)\" is not the name of a prompt")
        }
        plain = prompts[fallback] ?? ""
        query = prompts["query"] ?? plain
        passage = ["document", "passage", "corpus"].lazy.compactMap { prompts[$0] }.first ?? plain
    }

    private static func named(_ file: ModelFile) throws(EmbeddingError) -> [String: String] {
        guard let value = file.value("prompts") else { return [:] }
        guard let object = value.objectValue else { throw .invalid(file.name, "prompts", "not an object") }
        var prompts: [String: String] = [:]
        for (name, value) in object {
            guard let prompt = value.stringValue else { throw .invalid(file.name, "prompts.\(name)", "not a string") }
            prompts[name] = prompt
        }
        return prompts
    }

    var isEmpty: Bool { self == Prompts() }

    subscript(purpose: EmbeddingPurpose) -> String {
        switch purpose {
        case .query: query
        case .passage: passage
        case .plain: plain
        }
    }

    /// - Throws: `.modelInvalid` if a prompt takes more than half of `maxTokens`.
    func check(_ tokenizer: WordPieceTokenizer, maxTokens: Int) throws(EmbeddingError) {
        for purpose in EmbeddingPurpose.allCases {
            let count = tokenizer.tokenCount(self[purpose])
            guard count <= maxTokens / 2 else {
                throw .invalid(Self.file, "prompts", "a prompt must have at most \(maxTokens / 2) tokens, got \(count)")
            }
        }
    }

    /// Adds the prompts to a fingerprint; leaves that of a model without prompts unchanged.
    func add(to fingerprint: inout ModelFingerprint) {
        guard !isEmpty else { return }
        for purpose in EmbeddingPurpose.allCases { fingerprint.add(self[purpose]) }
    }
}
