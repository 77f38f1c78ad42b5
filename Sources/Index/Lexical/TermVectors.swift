/// Which terms each row has, and how often: the inverted index the other way round, in three flat columns.
struct TermVectors: Sendable {
    struct Entry: Sendable, Equatable {
        let term: UInt32
        let count: UInt16
    }

    /// Row `i` has the entries `offsets[i]..<offsets[i + 1]`, ascending by term.
    private var offsets: [Int] = [0]
    private(set) var terms: [UInt32] = []
    private(set) var counts: [UInt16] = []

    var rowCount: Int { offsets.count - 1 }
    var bytes: Int { offsets.capacity * 8 + terms.capacity * 4 + counts.capacity * 2 }

    /// - Parameter vector: ascending by term, each term once.
    mutating func append(_ vector: [Entry]) {
        for entry in vector {
            terms.append(entry.term)
            counts.append(entry.count)
        }
        offsets.append(terms.count)
    }

    func entryCount(row: Int) -> Int { offsets[row + 1] - offsets[row] }

    subscript(row: Int) -> [Entry] {
        (offsets[row]..<offsets[row + 1]).map { Entry(term: terms[$0], count: counts[$0]) }
    }

    /// How often a row has a term, if at all.
    func count(of term: UInt32, row: Int) -> UInt16? {
        var (low, high) = (offsets[row], offsets[row + 1])
        while low < high {
            let middle = (low + high) / 2
            if terms[middle] < term { low = middle + 1 } else { high = middle }
        }
        return low < offsets[row + 1] && terms[low] == term ? counts[low] : nil
    }
}
