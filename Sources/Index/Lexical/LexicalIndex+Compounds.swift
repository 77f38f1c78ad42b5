/// Phrase and prefix queries, whose postings are not stored but computed for each query.
extension LexicalIndex {
    /// Maximum number of terms that a prefix expands to: those in the most rows.
    static let expansionLimit = 128

    /// Endings to append to a prefix, to find the stems of words that begin with it.
    private static let endings = [
        "", "d", "e", "g", "n", "r", "s", "t", "y", "ed", "er", "es", "al", "ly", "ing", "ion", "ity", "ty", "ive", "able", "ance", "ment",
        "ness", "ation",
    ]

    /// Maximum number of rows to read for all phrases of a query, about 0.1 s. Only phrases of words that occur in nearly
    /// every row reach the limit; matches beyond it are not found.
    static let phraseRowLimit = 120_000

    /// Returns the rows that contain the words of a phrase at the phrase's offsets, each with the number of occurrences.
    ///
    /// - Parameter rowsLeft: number of rows that may still be read; the call decreases it.
    func postings(ofPhrase phrase: [QueryTerms.PhraseWord], rowsLeft: inout Int) -> Postings {
        var ids: [UInt32] = []
        for word in phrase {
            guard let id = dictionary.id(of: word.text) else { return Postings() }
            ids.append(id)
        }
        var counter = PhraseCounter(ids: ids, offsets: phrase.map(\.offset))
        var found = Postings()
        let candidates = rows(withAll: Set(ids)).prefix(rowsLeft)
        rowsLeft -= candidates.count
        for row in candidates where !isRemoved(row) {
            let count = counter.count(tokens, row: Int(row))
            if count > 0 { found.append(row: row, count: count) }
        }
        return found
    }

    /// Returns the rows that contain all of the terms, ascending, by intersecting postings, the shortest first.
    private func rows(withAll ids: Set<UInt32>) -> [UInt32] {
        let lists = ids.map { postings[$0] }.sorted { $0.count < $1.count }
        guard let rarest = lists.first else { return [] }
        return lists.dropFirst().reduce(Array(rarest.rows)) { rows, list in
            var place = 0
            return rows.filter { row in
                place = list.place(of: row, from: place)
                return place < list.count && list.row(at: place) == row
            }
        }
    }

    /// Returns the rows with any term that the prefix expands to, each with the total number of occurrences.
    func postings(ofTermsWithPrefix prefix: String) -> Postings {
        let ids = expansions(of: prefix)
        if ids.count == 1 { return postings[ids[0]] }
        var counts = [UInt32](repeating: 0, count: ids.isEmpty ? 0 : lengths.count)
        for id in ids {
            let list = postings[id]
            for (row, count) in zip(list.rows, list.counts) { counts[Int(row)] += UInt32(count) }
        }
        var found = Postings()
        for (row, count) in counts.enumerated() where count > 0 {
            found.append(row: UInt32(row), count: UInt16(clamping: count))
        }
        return found
    }

    /// Returns the terms in live rows that begin with the prefix, or are the stem of a word that does.
    private func expansions(of prefix: String) -> [UInt32] {
        var ids = Set(dictionary.ids(withPrefix: prefix))
        if prefix.utf8.allSatisfy({ (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }) {
            for ending in Self.endings {
                if let id = dictionary.id(of: Analyzer.term(Array((prefix + ending).utf8))) { ids.insert(id) }
            }
        }
        let live = ids.filter { liveFrequency[Int($0)] > 0 }
        guard live.count > Self.expansionLimit else { return live.sorted() }
        let commonest = live.sorted { (liveFrequency[Int($0)], $1) > (liveFrequency[Int($1)], $0) }
        return commonest.prefix(Self.expansionLimit).sorted()
    }
}

/// A counter of a phrase's occurrences in a row.
private struct PhraseCounter {
    let ids: [UInt32]
    let offsets: [Int]
    /// Per possible start position of the phrase, which of its words are at their offsets: bit `i` for word `i`.
    private var present: [UInt32] = []
    /// The indices of `present` that are not 0.
    private var touched: [Int] = []

    /// - Parameter ids: term numbers of the phrase's words, at most 32.
    init(ids: [UInt32], offsets: [Int]) {
        (self.ids, self.offsets) = (ids, offsets)
    }

    mutating func count(_ tokens: RowTokens, row: Int) -> UInt16 {
        tokens.forEach(row: row) { token in
            for word in ids.indices where ids[word] == token.term && token.position >= offsets[word] {
                mark(word, start: token.position - offsets[word])
            }
        }
        let all = UInt32.max >> UInt32(32 - ids.count)
        var count: UInt16 = 0
        for start in touched {
            if present[start] == all, count < .max { count += 1 }
            present[start] = 0
        }
        touched.removeAll(keepingCapacity: true)
        return count
    }

    private mutating func mark(_ word: Int, start: Int) {
        if start >= present.count { present.append(contentsOf: repeatElement(0, count: start + 1 - present.count)) }
        if present[start] == 0 { touched.append(start) }
        present[start] |= 1 << UInt32(word)
    }
}
