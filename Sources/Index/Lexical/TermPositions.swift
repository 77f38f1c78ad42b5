/// Assigns positions to the terms of a text, in reading order.
///
/// A word or a stop word is one position after the preceding word. The parts of a word are emitted after the word: the first
/// part has the word's position, each further part the next position, and the next word follows the last part. So the
/// phrase query "max token" matches "maxTokenCount". Another spelling has the position of the word before it.
struct TermPositions {
    private var next = 0
    private var nextPart = 0

    mutating func position(_ step: TokenStep) -> Int {
        switch step {
        case .word: nextPart = next
        case .part: break
        case .spelling: return max(0, next - 1)
        }
        let position = nextPart
        if step == .part { nextPart += 1 }
        next = max(next, position + 1)
        return position
    }

    /// Inserts a gap, so that words before and after it are not adjacent.
    mutating func skip(_ places: Int) {
        next += places
        nextPart = next
    }
}

/// How a token's position follows from those before it; the raw values are stored.
enum TokenStep: UInt64 {
    case word = 0
    case part
    case spelling

    init(_ kind: Analyzer.Kind) {
        self =
            switch kind {
            case .word, .stopWord: .word
            case .part, .lastCharacter: .part
            case .spelling: .spelling
            }
    }
}
