/// The postings of all terms, by the terms' numbers.
///
/// What an index was opened or compacted with lies in two arrays, one term after the other. A term that has come in a row
/// since has postings of its own, to which its part of the two was copied: that part then lies idle until the next opening or
/// compaction.
struct PostingsTable: Sendable {
    private var rows: [UInt32] = []
    private var counts: [UInt16] = []
    /// Where each term's postings begin in them, and where the last one's end.
    private var starts: [Int] = [0]
    /// Postings that have changed.
    private var own: [Postings] = []
    /// Per term, its place in `own`, or `none`; terms after the last have none.
    private var places: [UInt32] = []
    private var ownBytes = 0

    private static let none = UInt32.max

    init() {}

    /// The tokens of rows, the other way round.
    ///
    /// - Parameter frequencies: per term, how many rows have it.
    init(_ tokens: RowTokens, frequencies: [UInt32]) {
        starts = Self.starts(frequencies)
        var next = Array(starts.dropLast())
        rows = [UInt32](repeating: 0, count: starts.last ?? 0)
        counts = [UInt16](repeating: 0, count: rows.count)
        for row in 0..<tokens.rowCount {
            tokens.forEachTerm(row: row) { term in
                let term = Int(term)
                let place = next[term]
                if place > starts[term], rows[place - 1] == UInt32(row) {
                    counts[place - 1].increase()
                } else {
                    (rows[place], counts[place], next[term]) = (UInt32(row), 1, place + 1)
                }
            }
        }
    }

    /// From stored columns; `nil` if they do not fit each other, or name rows that there are not.
    init?(stored rows: [UInt32], counts: [UInt16], termRows: [UInt32], rowCount: Int) {
        starts = Self.starts(termRows)
        guard rows.count == starts.last, counts.count == rows.count else { return nil }
        for (start, end) in zip(starts, starts.dropFirst()) where start < end {
            guard Int(rows[end - 1]) < rowCount else { return nil }
            for place in start..<end - 1 where rows[place] >= rows[place + 1] { return nil }
        }
        (self.rows, self.counts) = (rows, counts)
    }

    private static func starts(_ frequencies: [UInt32]) -> [Int] {
        var starts = [0]
        starts.reserveCapacity(frequencies.count + 1)
        var end = 0
        for frequency in frequencies {
            end += Int(frequency)
            starts.append(end)
        }
        return starts
    }

    /// The columns from which the same table can be made again.
    func stored(terms: Int) -> (rows: [UInt32], counts: [UInt16], termRows: [UInt32]) {
        let termRows = (0..<UInt32(terms)).map { UInt32(self[$0].count) }
        guard !own.isEmpty else { return (rows, counts, termRows) }
        var stored: (rows: [UInt32], counts: [UInt16]) = ([], [])
        for term in 0..<UInt32(terms) {
            let postings = self[term]
            stored.rows += postings.rows
            stored.counts += postings.counts
        }
        return (stored.rows, stored.counts, termRows)
    }

    /// Memory in bytes.
    var bytes: Int {
        rows.capacity * 4 + counts.capacity * 2 + starts.capacity * 8 + places.capacity * 4
            + own.capacity * MemoryLayout<Postings>.stride + ownBytes
    }

    /// Empty for a term that is in no row.
    subscript(term: UInt32) -> Postings {
        if let place = ownPlace(term) { return own[place] }
        guard Int(term) < starts.count - 1 else { return Postings() }
        let range = starts[Int(term)]..<starts[Int(term) + 1]
        return Postings(rows: rows[range], counts: counts[range])
    }

    private func ownPlace(_ term: UInt32) -> Int? {
        guard Int(term) < places.count, places[Int(term)] != Self.none else { return nil }
        return Int(places[Int(term)])
    }

    /// - Parameter row: greater than every row before.
    mutating func append(row: UInt32, count: UInt16, to term: UInt32) {
        let place = ownPlace(term) ?? makeOwn(term)
        ownBytes -= own[place].bytes
        own[place].append(row: row, count: count)
        ownBytes += own[place].bytes
    }

    private mutating func makeOwn(_ term: UInt32) -> Int {
        let missing = Int(term) + 1 - places.count
        if missing > 0 { places.append(contentsOf: repeatElement(Self.none, count: missing)) }
        own.append(self[term].copied())
        ownBytes += own[own.count - 1].bytes
        places[Int(term)] = UInt32(own.count - 1)
        return own.count - 1
    }
}
