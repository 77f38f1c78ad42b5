/// An inverted index with BM25 scoring, over the same rows as the dense index.
///
/// The index stores the rows of each term (`Postings`) and the terms of each row in reading order (`RowTokens`). `RowTokens` makes
/// statistics exact right after a removal, phrase queries possible without positions in the postings, and reranking of given
/// rows cheap. Removed rows stay in the postings until the index is compacted: they are scored, but searches skip them, and
/// no statistic counts them.
struct LexicalIndex: Sendable {
    let k1: Float
    let b: Float
    private(set) var dictionary = TermDictionary()
    private(set) var postings = PostingsTable()
    /// Document frequency: per term, the number of live rows with it.
    private(set) var liveFrequency: [UInt32] = []
    private(set) var tokens = RowTokens()
    /// Per row, its length in words.
    private(set) var lengths: [UInt32] = []
    /// Bitmap of removed rows: bit `row % 64` of word `row / 64`.
    private var removed: [UInt64] = []
    private(set) var liveRows = 0
    private var liveLength: Int64 = 0

    init(options: IndexOptions) {
        k1 = options.bm25K1
        b = options.bm25B
    }

    /// Mean number of words in a live row; 1 if there are no words.
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
            postings.append(row: row, count: count, to: id)
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

    /// Removes a live row from the statistics and marks it removed.
    mutating func remove(row: Int) {
        // Stays at or above 0 even if the snapshot was altered on purpose.
        for id in distinctTerms(row: row) where liveFrequency[Int(id)] > 0 { liveFrequency[Int(id)] -= 1 }
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
        if Int(id) == liveFrequency.count { liveFrequency.append(0) }
        return id
    }

    /// Returns the index with only these rows, in this order, and only the terms that occur in them.
    func compacted(keeping rows: [Int], options: IndexOptions) -> LexicalIndex {
        var compact = LexicalIndex(options: options)
        var renumbered = [UInt32](repeating: .max, count: dictionary.count)
        for row in rows {
            tokens.forEachTerm(row: row) { term in
                if renumbered[Int(term)] == .max { renumbered[Int(term)] = compact.dictionary.add(term, of: dictionary) }
            }
            compact.tokens.append(row: row, of: tokens) { renumbered[Int($0)] }
        }
        compact.liveFrequency = compact.tokens.frequencies(termCount: compact.dictionary.count)
        compact.postings = PostingsTable(compact.tokens, frequencies: compact.liveFrequency)
        compact.adoptRows(lengths: rows.map { lengths[$0] }) { _ in true }
        return compact
    }

    /// Creates an index from stored parts that were found consistent.
    ///
    /// - Parameter frequencies: per term, the number of rows with it, including deleted ones.
    init(
        dictionary: TermDictionary, postings: PostingsTable, frequencies: [UInt32], tokens: RowTokens, lengths: [UInt32],
        options: IndexOptions, isLive: (Int) -> Bool
    ) {
        self.init(options: options)
        (self.dictionary, self.postings, liveFrequency, self.tokens) = (dictionary, postings, frequencies, tokens)
        adoptRows(lengths: lengths, isLive: isLive)
    }

    private mutating func adoptRows(lengths: [UInt32], isLive: (Int) -> Bool) {
        self.lengths.reserveCapacity(lengths.count)
        for row in lengths.indices {
            appendRow(length: lengths[row])
            if !isLive(row) { remove(row: row) }
        }
    }

    /// Memory in bytes.
    var bytes: Int {
        postings.bytes + dictionary.bytesInMemory + tokens.bytes + lengths.capacity * 4 + liveFrequency.capacity * 4
            + removed.capacity * 8
    }
}

extension UInt16 {
    /// Adds one, saturating at the maximum.
    mutating func increase() {
        if self < .max { self += 1 }
    }
}
