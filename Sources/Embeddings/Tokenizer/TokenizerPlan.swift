/// The tables that a `TokenizerPass` looks up, built once.
final class TokenizerPlan: Sendable {
    /// The action for a byte of the text, before its character is decoded.
    enum ByteAction: UInt8 {
        case letter, space, punctuation, drop
        /// May begin an added token, which is matched literally.
        case addedToken
        /// Part of a non-ASCII character.
        case multibyte
    }

    let rules: TokenizerRules
    let vocabulary: Vocabulary
    let characters: CharacterTable
    let unknownID: Int32
    let startID: Int32
    let endID: Int32
    /// The action of each byte.
    let byteActions: [ByteAction]
    /// The folded letter of each byte.
    let lowered: [UInt8]
    /// The added tokens, longest first.
    private let addedTokens: [(bytes: [UInt8], id: Int32)]

    init(_ rules: TokenizerRules, _ vocabulary: Vocabulary) throws(EmbeddingError) {
        self.rules = rules
        self.vocabulary = vocabulary
        characters = CharacterTable(rules)
        unknownID = try vocabulary.id(rules.unknownToken)
        startID = try vocabulary.id(rules.startToken)
        endID = try vocabulary.id(rules.endToken)
        var added = rules.addedTokens
        if added.isEmpty {
            // Without tokenizer.json, the special tokens are matched literally, as by the reference's default.
            for name in [rules.unknownToken, rules.startToken, rules.endToken, "[PAD]", "[MASK]"] {
                guard let id = vocabulary.initial.find(Array(name.utf8)) else { continue }
                added.append(.init(content: name, id: id))
            }
        }
        addedTokens = added.map { (Array($0.content.utf8), $0.id) }.sorted { $0.bytes.count > $1.bytes.count }
        (byteActions, lowered) = Self.byteTables(characters, firstBytes: Set(addedTokens.map { $0.bytes[0] }))
    }

    private static func byteTables(_ characters: CharacterTable, firstBytes: Set<UInt8>) -> ([ByteAction], [UInt8]) {
        var actions: [ByteAction] = []
        var lowered: [UInt8] = []
        for byte in 0...255 as ClosedRange<UInt8> {
            let (action, folded) = characters.look(Unicode.Scalar(byte))
            lowered.append(byte < 0x80 ? UInt8(truncatingIfNeeded: folded.value) : byte)
            if firstBytes.contains(byte) {
                actions.append(.addedToken)
            } else if byte >= 0x80 {
                actions.append(.multibyte)
            } else {
                switch action {
                case .letter: actions.append(.letter)
                case .space: actions.append(.space)
                case .punctuation: actions.append(.punctuation)
                case .drop, .chinese, .several: actions.append(.drop)
                }
            }
        }
        return (actions, lowered)
    }

    /// Returns the longest added token at `position`.
    func addedToken(in text: Span<UInt8>, at position: Int) -> (id: Int32, length: Int)? {
        for (bytes, id) in addedTokens where text.count - position >= bytes.count {
            var i = 0
            while i < bytes.count, text[position + i] == bytes[i] { i += 1 }
            if i == bytes.count { return (id, i) }
        }
        return nil
    }
}
