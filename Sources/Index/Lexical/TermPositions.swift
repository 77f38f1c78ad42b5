/// Assigns positions to the terms of a text, in reading order.
///
/// A word or a stop word is one position after the preceding word. The parts of a word are emitted after the word: the first
/// part has the word's position, each further part the next position, and the next word follows the last part. So the
/// phrase query "max token" matches "maxTokenCount".
struct TermPositions {
    private var next = 0
    private var nextPart = 0

    mutating func position(isPart: Bool) -> Int {
        let position = isPart ? nextPart : next
        nextPart = isPart ? position + 1 : position
        next = max(next, position + 1)
        return position
    }

    /// Inserts a gap, so that words before and after it are not adjacent.
    mutating func skip(_ places: Int) {
        next += places
        nextPart = next
    }
}
