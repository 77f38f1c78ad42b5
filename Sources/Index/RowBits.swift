/// A set of rows as a bitmap: row `row` is bit `row % 64` of word `row / 64`.
struct RowBits: Sendable, Equatable {
    private(set) var words: [UInt64]
    private(set) var count: Int
    /// The same rows as an ascending list, if `list` was called since the last change.
    private var listed: [UInt32]?

    /// Creates an empty set with room for rows `0..<rows`.
    init(rows: Int) {
        words = [UInt64](repeating: 0, count: (rows + 63) / 64)
        count = 0
    }

    /// Creates the set of the rows whose bits are set.
    init(words: [UInt64]) {
        self.words = words
        count = words.reduce(0) { $0 + $1.nonzeroBitCount }
    }

    mutating func remove(_ row: Int) {
        listed = nil
        let bit: UInt64 = 1 << UInt64(row & 63)
        if words[row >> 6] & bit != 0 { count -= 1 }
        words[row >> 6] &= ~bit
    }

    mutating func insert(_ row: Int) {
        listed = nil
        let bit: UInt64 = 1 << UInt64(row & 63)
        if words[row >> 6] & bit == 0 { count += 1 }
        words[row >> 6] |= bit
    }

    func contains(_ row: Int) -> Bool { words[row >> 6] >> UInt64(row & 63) & 1 != 0 }

    /// Returns how many of the rows are below `bound`.
    func count(below bound: Int) -> Int {
        guard bound < words.count * 64 else { return count }
        if let listed { return listed.prefix(covering: bound) }
        let whole = words[..<(bound >> 6)].reduce(0) { $0 + $1.nonzeroBitCount }
        return whole + (words[bound >> 6] & (1 << UInt64(bound & 63) - 1)).nonzeroBitCount
    }

    /// Memory of the cached list, in bytes.
    var bytesListed: Int { (listed?.count ?? 0) * MemoryLayout<UInt32>.size }

    /// Caches the list of the rows, for callers that call `rows()` often.
    mutating func list() { listed = rows() }

    /// Returns the rows, ascending.
    func rows() -> [UInt32] {
        if let listed { return listed }
        var rows: [UInt32] = []
        rows.reserveCapacity(count)
        for place in words.indices {
            var word = words[place]
            while word != 0 {
                rows.append(UInt32(place << 6 + word.trailingZeroBitCount))
                word &= word - 1
            }
        }
        return rows
    }
}

extension [UInt32] {
    /// Returns how many of these ascending rows are below `bound`.
    func prefix(covering bound: Int) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = low + (high - low) / 2
            if Int(self[middle]) < bound { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
