import Embeddings
import Foundation
import JSON
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct TokenizerTests {
    /// Seeded random texts in every script, with marks, controls and special tokens, written by `tokenizer-cases.py`.
    /// `CONTEXTD_TOKENIZER_CASES` names a longer file in the same format.
    @Test func randomTextsMatchTheReference() throws {
        let tokenizer = try Model.encoder().tokenizer
        let longer = ProcessInfo.processInfo.environment["CONTEXTD_TOKENIZER_CASES"].map { URL(filePath: $0) }
        let file = longer ?? TestPaths.fixtures.appending(path: "tokenizer-cases.jsonl")
        let lines = try Data(contentsOf: file).split(separator: UInt8(ascii: "\n"))
        #expect(lines.count >= 400)
        for line in lines {
            let value = try JSONValue(parsing: [UInt8](line))
            let text = try #require(value["text"]?.stringValue)
            let want = try #require(value["token_ids"]?.arrayValue).compactMap { $0.intValue.map(Int32.init) }
            #expect(tokenizer.encode(text, maxTokens: .max) == want, "\(text.unicodeScalars.map { String($0.value, radix: 16) })")
            #expect(tokenizer.tokenCount(text) == want.count - 2)
            if let words = value["words"]?.arrayValue {
                let same = tokenizer.words(text).elementsEqual(words) {
                    $0.unicodeScalars.elementsEqual(($1.stringValue ?? "").unicodeScalars)
                }
                #expect(same, "words of \(text.unicodeScalars.map { String($0.value, radix: 16) })")
            }
        }
    }

    @Test func truncationKeepsTheStartAndTheSpecialTokens() throws {
        let tokenizer = try TinyModel.tokenizer(vocabulary: ["a", "b", "c"])
        #expect(tokenizer.encode("a b c", maxTokens: 5) == [2, 5, 6, 7, 3])
        #expect(tokenizer.encode("a b c", maxTokens: 4) == [2, 5, 6, 3])
        #expect(tokenizer.encode("a b c", maxTokens: 2) == [2, 3])
        #expect(tokenizer.encode("a b c", maxTokens: -1) == [2, 3])
        #expect(tokenizer.encode("", maxTokens: 5) == [2, 3])
    }

    @Test func truncatedTokensAreAPrefix() throws {
        let tokenizer = try Model.encoder().tokenizer
        let text = "Unbelievably long-winded tokenisations [MASK] of 東京 and naïveté, e\u{301}"
        let whole = tokenizer.encode(text, maxTokens: .max).dropFirst().dropLast()
        for limit in 2...whole.count + 4 {
            let ids = tokenizer.encode(text, maxTokens: limit)
            #expect(ids.dropFirst().dropLast() == whole.prefix(limit - 2), "limit \(limit)")
        }
    }

    @Test func wordsAreSplitGreedilyFromTheLeft() throws {
        let tokenizer = try TinyModel.tokenizer(vocabulary: ["un", "una", "##able", "##ble", "##a", "able"])
        #expect(tokenizer.encode("unable able", maxTokens: 10) == [2, 6, 8, 10, 3])
        #expect(tokenizer.encode("unx", maxTokens: 10) == [2, 1, 3])
    }

    @Test func wordsPastTheLimitAreUnknown() throws {
        let tokenizer = try TinyModel.tokenizer(vocabulary: ["a", "##a"])
        #expect(tokenizer.tokenCount(String(repeating: "a", count: 100)) == 100)
        #expect(tokenizer.tokenCount(String(repeating: "a", count: 101)) == 1)
        #expect(tokenizer.tokenCount(String(repeating: "a", count: 1_000_000)) == 1)
    }

    @Test func settingsAreFollowed() throws {
        let cased = try TinyModel.tokenizer(vocabulary: ["A", "a", "É"], config: #"{"do_lower_case": false}"#)
        #expect(cased.encode("A a É", maxTokens: 9) == [2, 5, 6, 7, 3])
        let named = try TinyModel.tokenizer(
            vocabulary: ["<s>", "</s>"], config: #"{"cls_token": {"content": "<s>"}, "sep_token": "</s>"}"#)
        #expect(named.encode("", maxTokens: 9) == [5, 6])
        let rules = #"""
            {"added_tokens": [{"id": 5, "content": "<x>", "normalized": false}, {"id": 6, "content": "<x>y", "normalized": false}],
             "normalizer": {"type": "BertNormalizer", "lowercase": true, "strip_accents": false, "handle_chinese_chars": false},
             "pre_tokenizer": {"type": "BertPreTokenizer"},
             "model": {"type": "WordPiece", "max_input_chars_per_word": 3}}
            """#
        let added = try TinyModel.tokenizer(vocabulary: ["<x>", "<x>y", "é", "東京", "abcd"], tokenizerJSON: rules)
        #expect(added.encode("<x>É<x>y東京 abcd<X>", maxTokens: 19) == [2, 5, 7, 6, 8, 1, 1, 1, 1, 3])
    }

    @Test(arguments: [
        (#"{"normalizer": {"type": "Lowercase"}}"#, EmbeddingError.Code.unsupported, "normalizer.type"),
        (#"{"normalizer": {"type": "BertNormalizer"}, "pre_tokenizer": {"type": "Whitespace"}}"#, .unsupported, "pre_tokenizer.type"),
        (
            #"{"normalizer": {"type": "BertNormalizer"}, "pre_tokenizer": {"type": "BertPreTokenizer"}, "model": {"type": "BPE"}}"#,
            .unsupported, "model.type"
        ),
        (
            #"{"normalizer": {"type": "BertNormalizer", "lowercase": 3}, "pre_tokenizer": {"type": "BertPreTokenizer"}}"#, .modelInvalid,
            "normalizer.lowercase"
        ),
        (
            #"{"normalizer": {"type": "BertNormalizer"}, "pre_tokenizer": {"type": "BertPreTokenizer"}, "added_tokens": [{"content": "", "id": 1}]}"#,
            .modelInvalid, "added_tokens[0].content"
        ),
        (
            #"{"normalizer": {"type": "BertNormalizer"}, "pre_tokenizer": {"type": "BertPreTokenizer"}, "added_tokens": [{"content": "x", "id": -1}]}"#,
            .modelInvalid, "added_tokens[0].id"
        ),
        (#"[1, 2"#, .modelInvalid, "tokenizer.json"),
        (#"[]"#, .modelInvalid, "normalizer.type"),
    ])
    func wrongSettingsNameTheField(json: String, code: EmbeddingError.Code, field: String) throws {
        let error = try #require(throws: EmbeddingError.self) {
            _ = try TinyModel.tokenizer(vocabulary: ["a"], tokenizerJSON: json)
        }
        #expect(error.code == code)
        #expect(error.detail.contains(field), "\(error)")
    }

    @Test func bytesThatAreNotUTF8NeverTrap() throws {
        let tokenizer = try Model.encoder().tokenizer
        var rng = SplitMix64(seed: 7)
        for round in 0..<2_000 {
            let bytes = (0..<Int.random(in: 0...40, using: &rng)).map { _ in
                Bool.random(using: &rng) ? UInt8.random(in: 0...255, using: &rng) : UInt8.random(in: 0x80...0xF7, using: &rng)
            }
            let raw = tokenizer.encode(bytes: bytes.span, maxTokens: 64)
            // Clean-up removes the replacement characters of invalid bytes, however many of them a decoder produces.
            let repaired = tokenizer.encode(String(decoding: bytes, as: UTF8.self), maxTokens: 64)
            #expect(raw == repaired, "round \(round): \(bytes)")
        }
    }

    @Test(arguments: ["a\u{301}\u{323}", "\u{301}\u{323}", "\u{F73}", "é", "word ", "x", "中", "##", "\u{200D}"])
    func tokenizingIsLinear(piece: String) throws {
        let tokenizer = try TinyModel.tokenizer(vocabulary: ["a", "##a", "word", "x", "##x"])
        for opening in ["", "a"] {
            let ratio = Growth.ofEightfold(
                making: { opening + String(repeating: piece, count: $0) },
                { text in withExtendedLifetime(tokenizer.tokenCount(text)) {} })
            #expect(ratio < 24, "\(opening)")
        }
    }
}
