/// An inverted index with BM25, over the same rows as the dense side.
///
/// Per term the rows that have it (`Postings`); per row its terms in reading order (`RowTokens`), which is what makes a
/// removal exact at once, phrases possible without positions in the postings, and a rerank of given rows cheap. Removed
/// rows stay in the postings until the index is compacted: they score, but searches pass them over, and no statistic
/// counts them.
struct LexicalIndex: Sendable {
    let k1: Float
    let b: Float
    private(set) var dictionary = TermDictionary()
    private(set) var postings: [Postings] = []
    /// Per term, how many live rows have it.
    private(set) var liveFrequency: [UInt32] = []
    private(set) var tokens = RowTokens()
    /// Per row, its length in words.
    private(set) var lengths: [UInt32] = []
    /// Bit `row % 64` of word `row / 64`: the row was removed.
    private var removed: [UInt64] = []
    private(set) var liveRows = 0
    private var liveLength: Int64 = 0

    init(options: IndexOptions) {
        k1 = options.bm25K1
        b = options.bm25B
    }

    /// Words of a live row on average, 1 if there are none.
    var meanLength: Float { liveLength > 0 ? Float(Double(liveLength) / Double(liveRows)) : 1 }

    func isRemoved(_ row: UInt32) -> Bool { removed[Int(row >> 6)] >> UInt64(row & 63) & 1 != 0 }

    // MARK: Change

    /// Appends a row with these terms.
    mutating func append(_ text: AnalyzedText) {
        var counts = [UInt16](repeating: 0, count: text.terms.count)
        for token in text.title { counts[Int(token.term)].increase() }
        for token in text.body { counts[Int(token.term)].increase() }
        let ids = text.terms.map { id(of: $0) }
        let row = UInt32(lengths.count)
        for (id, count) in zip(ids, counts) {
            postings[Int(id)].append(row: row, count: count)
            liveFrequency[Int(id)] += 1
        }
        tokens.append(text, ids: ids)
        appendRow(length: text.length)
    }

    private mutating func appendRow(length: UInt32) {
        if lengths.count % 64 == 0 { removed.append(0) }
        lengths.append(length)
        liveRows += 1
        liveLength += Int64(length)
    }

    /// Takes a live row out of the statistics.
    mutating func remove(row: Int) {
        for id in distinctTerms(row: row) { liveFrequency[Int(id)] -= 1 }
        takeOut(row: row)
    }

    private mutating func takeOut(row: Int) {
        removed[row >> 6] |= 1 << UInt64(row & 63)
        liveRows -= 1
        liveLength -= Int64(lengths[row])
    }

    private func distinctTerms(row: Int) -> Set<UInt32> {
        var ids: Set<UInt32> = []
        tokens.forEachTerm(row: row) { ids.insert($0) }
        return ids
    }

    private mutating func id(of term: String) -> UInt32 {
        let id = dictionary.add(term)
        if Int(id) == postings.count {
            postings.append(Postings())
            liveFrequency.append(0)
        }
        return id
    }

    /// The same index with only these rows, in this order, and only the terms that they have.
    func compacted(keeping rows: [Int], options: IndexOptions) -> LexicalIndex {
        var compact = LexicalIndex(options: options)
        var renumbered = [UInt32](repeating: .max, count: dictionary.count)
        for row in rows {
            tokens.forEachTerm(row: row) { term in
                if renumbered[Int(term)] == .max { renumbered[Int(term)] = compact.id(of: dictionary.terms[Int(term)]) }
            }
            compact.tokens.append(row: row, of: tokens) { renumbered[Int($0)] }
        }
        compact.adoptRows(lengths: rows.map { lengths[$0] }) { _ in true }
        return compact
    }

    /// Takes over a stored dictionary and rows, `nil` if a term occurs twice or a row is damaged.
    init?(terms: [String], tokens: RowTokens, lengths: [UInt32], options: IndexOptions, isLive: (Int) -> Bool) {
        self.init(options: options)
        guard dictionary.adopt(terms) else { return nil }
        self.tokens = tokens
        guard adoptRows(lengths: lengths, isLive: isLive) else { return nil }
    }

    /// Makes postings and statistics for all rows of `tokens`; `false` if a row is damaged.
    @discardableResult
    private mutating func adoptRows(lengths: [UInt32], isLive: (Int) -> Bool) -> Bool {
        guard let frequencies = tokens.frequencies(termCount: dictionary.count) else { return false }
        // All postings in one piece first, in the order of the terms: appending to a list a term costs twice the time.
        var ends: [Int] = []
        ends.reserveCapacity(frequencies.count)
        for frequency in frequencies { ends.append((ends.last ?? 0) + Int(frequency)) }
        let starts = zip(ends, frequencies).map { $0 - Int($1) }
        var next = starts
        var rows = [UInt32](repeating: 0, count: ends.last ?? 0)
        var counts = [UInt16](repeating: 0, count: rows.count)
        liveFrequency = Array(repeating: 0, count: frequencies.count)
        for row in lengths.indices {
            let lives = isLive(row)
            tokens.forEachTerm(row: row) { id in
                let id = Int(id)
                let place = next[id]
                if place > starts[id], rows[place - 1] == UInt32(row) {
                    counts[place - 1].increase()
                } else {
                    (rows[place], counts[place], next[id]) = (UInt32(row), 1, place + 1)
                    if lives { liveFrequency[id] += 1 }
                }
            }
            appendRow(length: lengths[row])
            if !lives { takeOut(row: row) }
        }
        postings = starts.indices.map { Postings(rows: rows[starts[$0]..<ends[$0]], counts: counts[starts[$0]..<ends[$0]]) }
        return true
    }

    /// Memory in bytes; the dictionary's share is an estimate.
    var bytes: Int {
        postings.reduce(0) { $0 + $1.bytes } + dictionary.bytes + tokens.bytes + lengths.capacity * 4
            + liveFrequency.capacity * 4 + removed.capacity * 8
    }
}

extension UInt16 {
    /// One more, up to the largest.
    fileprivate mutating func increase() {
        if self < .max { self += 1 }
    }
}
