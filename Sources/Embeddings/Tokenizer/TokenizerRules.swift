internal import Foundation
internal import JSON

/// The rules of normalisation, splitting and special tokens, from the tokenizer's files.
struct TokenizerRules: Sendable, Equatable {
    /// A token that is matched literally in the text, before all other rules.
    struct AddedToken: Sendable, Equatable {
        let content: String
        let id: Int32
    }

    var cleanText = true
    var spacesChinese = true
    var stripsAccents = true
    var lowercases = true
    var unknownToken = "[UNK]"
    var continuationPrefix = "##"
    /// Maximum length of a word, in scalars; a longer word becomes the unknown token.
    var maxWordLength = 100
    var startToken = "[CLS]"
    var endToken = "[SEP]"
    var addedTokens: [AddedToken] = []

    init() {}

    /// Reads `tokenizer.json`, and `tokenizer_config.json` for the names of the special tokens; only the latter if the former
    /// does not exist.
    ///
    /// - Throws: `.unsupported` if the files require another normaliser, splitter or model than BERT's.
    init(folder: URL) throws(EmbeddingError) {
        let settings = try ModelFile.ifPresent("tokenizer_config.json", in: folder)
        if let settings { try read(settings) }
        if let file = try ModelFile.ifPresent("tokenizer.json", in: folder) {
            try readNormalizer(file)
            try readModel(file)
            addedTokens = try Self.addedTokens(file)
        }
        let sentence = try ModelFile.ifPresent("sentence_bert_config.json", in: folder)
        if let sentence, try sentence.flag("do_lower_case", default: false), !lowercases {
            throw .unsupported(sentence.name, "do_lower_case", "must be false, because the tokenizer keeps case")
        }
    }

    private mutating func read(_ file: ModelFile) throws(EmbeddingError) {
        lowercases = try file.flag("do_lower_case", default: true)
        spacesChinese = try file.flag("tokenize_chinese_chars", default: true)
        stripsAccents = try file.flag("strip_accents", default: lowercases)
        unknownToken = try Self.tokenName(file, "unk_token", default: unknownToken)
        startToken = try Self.tokenName(file, "cls_token", default: startToken)
        endToken = try Self.tokenName(file, "sep_token", default: endToken)
    }

    /// Returns the name of a token, which is a string or the `content` of an object.
    private static func tokenName(
        _ file: ModelFile, _ field: String, default fallback: String
    ) throws(EmbeddingError) -> String {
        if file.value(field)?.objectValue != nil { return try file.string(field, "content") }
        return try file.string(field, default: fallback)
    }

    private mutating func readNormalizer(_ file: ModelFile) throws(EmbeddingError) {
        let normalizer = try file.string("normalizer", "type")
        guard normalizer == "BertNormalizer" else {
            throw .unsupported(file.name, "normalizer.type", "must be \"BertNormalizer\", got \"\(normalizer)\"")
        }
        let splitter = try file.string("pre_tokenizer", "type")
        guard splitter == "BertPreTokenizer" else {
            throw .unsupported(file.name, "pre_tokenizer.type", "must be \"BertPreTokenizer\", got \"\(splitter)\"")
        }
        cleanText = try file.flag("normalizer", "clean_text", default: true)
        spacesChinese = try file.flag("normalizer", "handle_chinese_chars", default: true)
        lowercases = try file.flag("normalizer", "lowercase", default: true)
        stripsAccents = try file.flag("normalizer", "strip_accents", default: lowercases)
    }

    private mutating func readModel(_ file: ModelFile) throws(EmbeddingError) {
        let model = try file.string("model", "type", default: "WordPiece")
        guard model == "WordPiece" else {
            throw .unsupported(file.name, "model.type", "must be \"WordPiece\", got \"\(model)\"")
        }
        unknownToken = try file.string("model", "unk_token", default: unknownToken)
        continuationPrefix = try file.string("model", "continuing_subword_prefix", default: continuationPrefix)
        maxWordLength = try file.integer("model", "max_input_chars_per_word", in: 1...10_000, default: maxWordLength)
    }

    /// Returns the added tokens. `lstrip` and `rstrip`, which strip white space beside a token, change no id: white space has none.
    private static func addedTokens(_ file: ModelFile) throws(EmbeddingError) -> [AddedToken] {
        guard let value = file.value("added_tokens") else { return [] }
        guard let list = value.arrayValue else { throw .invalid(file.name, "added_tokens", "not an array") }
        var tokens: [AddedToken] = []
        for (position, entry) in list.enumerated() {
            let field = "added_tokens[\(position)]"
            guard let content = entry["content"]?.stringValue, !content.isEmpty else {
                throw .invalid(file.name, "\(field).content", "must be a non-empty string")
            }
            guard let id = entry["id"]?.intValue.flatMap(Int32.init(exactly:)), id >= 0 else {
                throw .invalid(file.name, "\(field).id", "must be a token id")
            }
            for unread in ["normalized", "single_word"] where entry[unread]?.boolValue == true {
                throw .unsupported(file.name, "\(field).\(unread)", "must be false")
            }
            tokens.append(AddedToken(content: content, id: id))
        }
        return tokens
    }
}
