/// An answer that is complete before its first token, cut at its first stop string and at its maximum number of tokens.
///
/// Where text is cut, tokens are counted in proportion to its units: a word, a punctuation mark, an ideograph or a citation marker. A
/// tokenizer makes at least one token of each.
struct CutAnswer {
    /// A sentence and the marker of its citation; the text between two answers belongs to the second one.
    struct Part {
        var text: String
        var marker: String
    }

    /// The parts that remain, the last one possibly shortened; none is empty.
    private(set) var pieces: [String] = []
    /// Number of tokens of the pieces.
    private(set) var tokens: Int
    /// Whether `tokens` is an estimate.
    private(set) var isEstimated = false
    /// `stop` or `length`.
    private(set) var finishReason = "stop"

    /// - Parameters:
    ///   - tokens: number of tokens of the whole answer.
    ///   - parameters: limits of the answer.
    init(_ parts: [Part], tokens: Int, _ parameters: ExtractiveParameters) {
        var bytes: [UInt8] = []
        var pieceEnds: [Int] = []
        var unitEnds: [Int] = []
        for part in parts {
            TextUnits.appendEnds(of: part.text, startingAt: bytes.count, to: &unitEnds)
            bytes += part.text.utf8
            if !part.marker.isEmpty {
                bytes += part.marker.utf8
                unitEnds.append(bytes.count)
            }
            pieceEnds.append(bytes.count)
        }
        self.tokens = tokens
        let end = cut(bytes, unitEnds, parameters)
        var start = 0
        for pieceEnd in pieceEnds where start < end {
            pieces.append(String(decoding: bytes[start..<min(pieceEnd, end)], as: UTF8.self))
            start = pieceEnd
        }
    }

    /// Returns the end of the text that remains, and counts its tokens.
    private mutating func cut(_ bytes: [UInt8], _ unitEnds: [Int], _ parameters: ExtractiveParameters) -> Int {
        let total = max(tokens, unitEnds.count)
        var (end, units) = (bytes.count, unitEnds.count)
        if let stop = Self.firstStop(parameters.stops, in: bytes) {
            end = stop
            units = (unitEnds.firstIndex { $0 >= stop } ?? unitEnds.count - 1) + (stop > 0 ? 1 : 0)
            tokens = units == 0 ? 0 : (total * units + unitEnds.count - 1) / unitEnds.count
            isEstimated = true
        }
        guard let limit = parameters.maximumTokens, limit < max(tokens, units), units > 0 else { return end }
        (tokens, isEstimated, finishReason) = (limit, true, "length")
        // At least one unit, so that a limit gives some text.
        let kept = max(1, unitEnds.count * limit / total)
        return min(end, unitEnds[kept - 1])
    }

    /// Returns the position of the first occurrence of any of `stops`.
    private static func firstStop(_ stops: [[UInt8]], in bytes: [UInt8]) -> Int? {
        guard !stops.isEmpty else { return nil }
        return bytes.indices.first { place in stops.contains { bytes[place...].starts(with: $0) } }
    }
}

/// The units in which the length of a text is estimated.
private enum TextUnits {
    /// Appends the position of the end of each unit. White space belongs to the unit after it.
    ///
    /// - Parameter start: the position of the text, in UTF-8 bytes.
    static func appendEnds(of text: String, startingAt start: Int, to ends: inout [Int]) {
        var position = start
        var isInWord = false
        for character in text {
            position += character.utf8.count
            let isWord = character.isWordCharacter
            if isWord && isInWord { ends[ends.count - 1] = position } else if !character.isWhitespace { ends.append(position) }
            isInWord = isWord
        }
    }
}

extension Character {
    /// Whether the character continues a word. Ideographs and kana do not: texts in these scripts have no spaces.
    fileprivate var isWordCharacter: Bool {
        guard let first = unicodeScalars.first, !(0x2E80...0x9FFF).contains(first.value), !(0x20000...0x3FFFF).contains(first.value) else {
            return false
        }
        return first.properties.isAlphabetic || first.properties.numericType != nil
    }
}
