/// The rows that contain a term, ascending, each with the term's frequency. The postings of a stored index are slices of two
/// large arrays (`PostingsTable`); postings that were appended to have their own arrays.
struct Postings: Sendable {
    private(set) var rows: ArraySlice<UInt32> = []
    private(set) var counts: ArraySlice<UInt16> = []

    var count: Int { rows.count }
    /// Memory of the postings' own arrays and their headers, in bytes.
    var bytes: Int { rows.capacity * 4 + counts.capacity * 2 + 64 }

    init() {}

    /// - Parameters:
    ///   - rows: row numbers, ascending.
    ///   - counts: the term's frequency in each row.
    init(rows: ArraySlice<UInt32>, counts: ArraySlice<UInt16>) {
        (self.rows, self.counts) = (rows, counts)
    }

    /// Returns a copy with its own arrays.
    func copied() -> Postings { Postings(rows: Array(rows)[...], counts: Array(counts)[...]) }

    /// - Parameter row: must be greater than all rows so far.
    mutating func append(row: UInt32, count: UInt16) {
        rows.append(row)
        counts.append(count)
    }

    /// Returns the first index (from 0) at or after `start` whose row is not less than `row`.
    func place(of row: UInt32, from start: Int = 0) -> Int {
        let rows = rows.span
        // Galloping search: consecutive lookups are mostly near each other.
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

    /// Returns the row at an index, counted from 0.
    func row(at place: Int) -> UInt32 { rows[rows.startIndex + place] }

    /// Returns the term's frequency in a row; 0 if the row does not contain it.
    func count(row: UInt32) -> UInt16 {
        let place = place(of: row)
        return place < count && self.row(at: place) == row ? counts[counts.startIndex + place] : 0
    }
}
