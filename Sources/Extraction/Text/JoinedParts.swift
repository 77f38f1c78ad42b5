/// Adjoining parts of a text, of which small neighbours are joined, so that a text of tiny parts needs no more memory than another one.
struct JoinedParts {
    /// The size up to which neighbours are one part, in bytes.
    private let joinedBytes: Int
    private var parts: [Range<Int>] = []
    /// The start of the open part, and the last place at which it may end.
    private var start: Int
    private var end: Int

    init(from start: Int, _ joinedBytes: Int) { (self.start, end, self.joinedBytes) = (start, start, joinedBytes) }

    /// Ends a part. Places must not descend.
    mutating func cut(at place: Int) {
        if place - start > joinedBytes, end > start { close(at: end) }
        end = place
        if place - start > joinedBytes { close(at: place) }
    }

    private mutating func close(at place: Int) {
        parts.append(start..<place)
        start = place
    }

    /// Returns all parts; the last one ends at `upper`.
    mutating func parts(upTo upper: Int) -> [Range<Int>] {
        cut(at: upper)
        if start < upper { close(at: upper) }
        return parts
    }
}
