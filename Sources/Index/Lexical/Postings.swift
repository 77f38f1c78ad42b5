/// The rows that have a term, ascending, each with its count there. Those of a stored index are parts of two large arrays
/// (`PostingsTable`); one that is appended to has arrays of its own.
struct Postings: Sendable {
    private(set) var rows: ArraySlice<UInt32> = []
    private(set) var counts: ArraySlice<UInt16> = []

    var count: Int { rows.count }
    /// Memory in bytes of arrays of its own, with their headers.
    var bytes: Int { rows.capacity * 4 + counts.capacity * 2 + 64 }

    init() {}

    /// - Parameters:
    ///   - rows: ascending.
    ///   - counts: one for each row.
    init(rows: ArraySlice<UInt32>, counts: ArraySlice<UInt16>) {
        (self.rows, self.counts) = (rows, counts)
    }

    /// The same in arrays of its own.
    func copied() -> Postings { Postings(rows: Array(rows)[...], counts: Array(counts)[...]) }

    /// - Parameter row: greater than every row before.
    mutating func append(row: UInt32, count: UInt16) {
        rows.append(row)
        counts.append(count)
    }

    /// The first place from `start` on, counted from 0, whose row is not less than `row`.
    func place(of row: UInt32, from start: Int = 0) -> Int {
        let rows = rows.span
        // Doubling steps first: places asked for one after the other are mostly near.
        var step = 1
        var low = start, high = start
        while high < rows.count, rows[high] < row {
            low = high + 1
            high += step
            step *= 2
        }
        high = min(high, rows.count)
        while low < high {
            let middle = (low + high) / 2
            if rows[middle] < row { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The row at a place, counted from 0.
    func row(at place: Int) -> UInt32 { rows[rows.startIndex + place] }

    /// The count in a row, 0 if it is not here.
    func count(row: UInt32) -> UInt16 {
        let place = place(of: row)
        return place < count && self.row(at: place) == row ? counts[counts.startIndex + place] : 0
    }
}
