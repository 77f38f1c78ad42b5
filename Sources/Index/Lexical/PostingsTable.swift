/// The postings of all terms, by term number.
///
/// The postings that an index was opened or compacted with are in two arrays, concatenated by term. When a later row contains a
/// term, the term's slice is copied to its own `Postings`, and the original slice is unused until the index is next opened or
/// compacted.
struct PostingsTable: Sendable {
    private var rows: [UInt32] = []
    private var counts: [UInt16] = []
    /// Start of each term's slice in `rows` and `counts`, followed by the end of the last one.
    private var starts: [Int] = [0]
    /// Postings that were appended to.
    private var own: [Postings] = []
    /// Per term, its index in `own`, or `none`; terms past the end of the array have none.
    private var places: [UInt32] = []
    private var ownBytes = 0

    private static let none = UInt32.max

    init() {}

    /// Creates postings by inverting the rows' tokens.
    ///
    /// - Parameter frequencies: per term, the number of rows with it.
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

    /// Creates postings from stored columns; `nil` if the columns are inconsistent or contain row numbers out of range.
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

    /// Returns the columns to store, from which `init(stored:…)` restores the table.
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

    /// The postings of a term; empty if no row contains it.
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

    /// - Parameter row: must be greater than all rows so far.
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
