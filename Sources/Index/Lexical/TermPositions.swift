/// Where the words of a text stand, as its terms are gone through in reading order.
///
/// A word or a stop word stands one place after the word before it. The parts of a word follow the word itself: the
/// first stands where the word stands, the others each a place further, and the next word after them. So "max token" is
/// found in "maxTokenCount" as words next to each other.
struct TermPositions {
    private var next = 0
    private var nextPart = 0

    mutating func position(isPart: Bool) -> Int {
        let position = isPart ? nextPart : next
        nextPart = isPart ? position + 1 : position
        next = max(next, position + 1)
        return position
    }

    /// Words before and after a gap never count as neighbours.
    mutating func skip(_ places: Int) {
        next += places
        nextPart = next
    }
}
