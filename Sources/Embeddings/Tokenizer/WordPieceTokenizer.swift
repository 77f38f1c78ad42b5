public import Foundation

/// BERT's tokenizer: clean-up, Chinese spacing, accents, case; then words and signs; then the longest pieces from the
/// left. Gives what the reference gives, id for id.
///
/// - Source: huggingface/tokenizers (`BertNormalizer`, `BertPreTokenizer`, `WordPiece`); Devlin et al. 2018.
public struct WordPieceTokenizer: Sendable {
    let plan: TokenizerPlan

    /// Tokens that [CLS] and [SEP] take of `maxTokens`.
    public static let specialTokenCount = 2

    /// - Parameter folder: with `vocab.txt` or `tokenizer.json`, and the settings in `tokenizer.json` or
    ///   `tokenizer_config.json`.
    /// - Throws: `.modelMissing`, `.modelInvalid` or `.unsupported`, naming file and field.
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

    /// One more than the largest id it can give.
    public var vocabularySize: Int {
        max(plan.vocabulary.size, plan.rules.addedTokens.reduce(0) { max($0, Int($1.id) + 1) })
    }

    /// The ids of `text` between [CLS] and [SEP].
    ///
    /// - Parameter maxTokens: cuts off what is past it, [CLS] and [SEP] counted; less than 2 counts as 2.
    /// - Complexity: one pass over the text, ending once `maxTokens` are found.
    public func encode(_ text: String, maxTokens: Int) -> [Int32] { encode(bytes: text.utf8.span, maxTokens: maxTokens) }

    /// As above for a part of a text.
    public func encode(_ text: Substring, maxTokens: Int) -> [Int32] {
        encode(bytes: text.utf8.span, maxTokens: maxTokens)
    }

    /// As above for UTF-8 bytes; what is not UTF-8 counts as U+FFFD, which clean-up removes.
    public func encode(bytes: Span<UInt8>, maxTokens: Int) -> [Int32] {
        var pass = TokenizerPass(plan, limit: max(0, maxTokens - Self.specialTokenCount), keepsIDs: true)
        pass.run(bytes)
        return [plan.startID] + pass.ids + [plan.endID]
    }

    /// Tokens of `text`, without [CLS] and [SEP], not cut off.
    public func tokenCount(_ text: String) -> Int { tokenCount(bytes: text.utf8.span) }

    /// As above for a part of a text.
    public func tokenCount(_ text: Substring) -> Int { tokenCount(bytes: text.utf8.span) }

    /// As above for UTF-8 bytes.
    public func tokenCount(bytes: Span<UInt8>) -> Int {
        var pass = TokenizerPass(plan, limit: .max, keepsIDs: false)
        pass.run(bytes)
        return pass.count
    }

    /// The words of `text` as they are looked up: folded, not yet cut into pieces. Says why a text has the tokens it has.
    package func words(_ text: String) -> [String] {
        var pass = TokenizerPass(plan, limit: .max, keepsIDs: false, keepsWords: true)
        pass.run(text.utf8.span)
        return pass.words.map { String(decoding: $0, as: UTF8.self) }
    }
}
