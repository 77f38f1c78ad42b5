public import Foundation

/// BERT's tokenizer: clean-up, Chinese spacing, accents and case; then words and punctuation; then the longest pieces from
/// the left. Its ids are identical to those of the reference.
///
/// - Source: huggingface/tokenizers (`BertNormalizer`, `BertPreTokenizer`, `WordPiece`); Devlin et al. 2018.
public struct WordPieceTokenizer: Sendable {
    let plan: TokenizerPlan

    /// Number of tokens of `maxTokens` that [CLS] and [SEP] take.
    public static let specialTokenCount = 2

    /// - Parameter folder: the model folder, with `vocab.txt` or `tokenizer.json`, and the settings in `tokenizer.json` or
    ///   `tokenizer_config.json`.
    /// - Throws: `.modelMissing`, `.modelInvalid` or `.unsupported`, naming the file and the field.
    public init(folder: URL) throws(EmbeddingError) {
        var fingerprint = ModelFingerprint()
        try self.init(folder: folder, fingerprint: &fingerprint)
    }

    init(folder: URL, fingerprint: inout ModelFingerprint) throws(EmbeddingError) {
        let rules = try TokenizerRules(folder: folder)
        let vocabulary = try Vocabulary(folder: folder, prefix: rules.continuationPrefix, fingerprint: &fingerprint)
        plan = try TokenizerPlan(rules, vocabulary)
        fingerprint.add("\(rules.cleanText) \(rules.spacesChinese) \(rules.stripsAccents) \(rules.lowercases)")
        fingerprint.add("\(rules.maxWordLength) \(rules.unknownToken) \(rules.startToken) \(rules.endToken)")
        for token in rules.addedTokens { fingerprint.add("\(token.id) \(token.content)") }
    }

    /// One more than the largest id that the tokenizer can return.
    public var vocabularySize: Int {
        max(plan.vocabulary.size, plan.rules.addedTokens.reduce(0) { max($0, Int($1.id) + 1) })
    }

    /// Returns the ids of `text`, with [CLS] before and [SEP] after them.
    ///
    /// - Parameter maxTokens: maximum number of ids, including [CLS] and [SEP]; the rest is cut off. Less than 2 counts as 2.
    /// - Complexity: one pass over the text, ending once `maxTokens` are found.
    public func encode(_ text: String, maxTokens: Int) -> [Int32] { encode(bytes: text.utf8.span, maxTokens: maxTokens) }

    /// Returns the ids of a part of a text, as `encode(_:maxTokens:)` does.
    public func encode(_ text: Substring, maxTokens: Int) -> [Int32] {
        encode(bytes: text.utf8.span, maxTokens: maxTokens)
    }

    /// Returns the ids of UTF-8 bytes, as `encode(_:maxTokens:)` does; invalid bytes count as U+FFFD, which clean-up removes.
    public func encode(bytes: Span<UInt8>, maxTokens: Int) -> [Int32] {
        var pass = TokenizerPass(plan, limit: max(0, maxTokens - Self.specialTokenCount), keepsIDs: true)
        pass.run(bytes)
        return [plan.startID] + pass.ids + [plan.endID]
    }

    /// Returns the number of tokens of `text`, without [CLS] and [SEP] and without a limit.
    public func tokenCount(_ text: String) -> Int { tokenCount(bytes: text.utf8.span) }

    /// Returns the number of tokens of a part of a text, as `tokenCount(_:)` does.
    public func tokenCount(_ text: Substring) -> Int { tokenCount(bytes: text.utf8.span) }

    /// Returns the number of tokens of UTF-8 bytes, as `tokenCount(_:)` does.
    public func tokenCount(bytes: Span<UInt8>) -> Int {
        var pass = TokenizerPass(plan, limit: .max, keepsIDs: false)
        pass.run(bytes)
        return pass.count
    }

    /// Returns the words of `text`, folded but not yet split into pieces; explains why a text has the tokens that it has.
    package func words(_ text: String) -> [String] {
        var pass = TokenizerPass(plan, limit: .max, keepsIDs: false, keepsWords: true)
        pass.run(text.utf8.span)
        return pass.words.map { String(decoding: $0, as: UTF8.self) }
    }
}
