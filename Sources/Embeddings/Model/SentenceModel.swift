internal import Foundation

/// A model, loaded from its folder and validated.
struct SentenceModel {
    let identity: ModelIdentity
    let tokenizer: WordPieceTokenizer
    let encoder: BertEncoder
    let prompts: Prompts

    init(folder: URL, precision: EmbeddingPrecision) throws(EmbeddingError) {
        var isFolder: ObjCBool = false
        guard unsafe FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder), isFolder.boolValue else {
            throw EmbeddingError(.modelMissing, "model folder \(folder.path) does not exist")
        }
        var fingerprint = ModelFingerprint()
        let configuration = try ModelFile("config.json", in: folder)
        fingerprint.add(configuration.bytes)
        let sizes = try BertConfiguration(configuration)
        prompts = try Prompts(folder: folder)
        let pooling = try Pooling.reading(folder, prompts: prompts, fingerprint: &fingerprint)
        tokenizer = try WordPieceTokenizer(folder: folder, fingerprint: &fingerprint)
        guard tokenizer.vocabularySize <= sizes.vocabularySize else {
            throw .invalid(
                configuration.name, "vocab_size", "is \(sizes.vocabularySize), but the tokenizer has \(tokenizer.vocabularySize) tokens")
        }
        let weights = try SafetensorsFile(folder.appending(path: "model.safetensors"))
        try weights.addSample(to: &fingerprint)
        prompts.add(to: &fingerprint)
        let maxTokens = try Self.maxTokens(folder, sizes)
        try prompts.check(tokenizer, maxTokens: maxTokens)
        encoder = BertEncoder(
            sizes: sizes, weights: try BertWeights(weights, sizes, precision), pooling: pooling, precision: precision)
        identity = ModelIdentity(
            name: folder.standardizedFileURL.lastPathComponent, revision: fingerprint.digits, precision: precision.rawValue,
            dimension: sizes.hiddenSize, maxTokens: maxTokens, promptTokens: tokenizer.tokenCount(prompts.passage))
    }

    /// Returns `max_seq_length` of sentence-transformers, or else the tokenizer's limit, and at most the number of positions.
    private static func maxTokens(_ folder: URL, _ sizes: BertConfiguration) throws(EmbeddingError) -> Int {
        if let file = try ModelFile.ifPresent("sentence_bert_config.json", in: folder), file.value("max_seq_length") != nil {
            return min(try file.integer("max_seq_length", in: 2...Int(Int32.max)), sizes.positionCount)
        }
        // transformers writes 1e30 for no limit, which is no `Int`: so the field is read as a number.
        if let file = try ModelFile.ifPresent("tokenizer_config.json", in: folder), file.value("model_max_length") != nil {
            let limit = try file.number("model_max_length")
            guard limit >= 2 else { throw .invalid(file.name, "model_max_length", "must be at least 2") }
            return Int(min(limit, Double(sizes.positionCount)))
        }
        return sizes.positionCount
    }
}
