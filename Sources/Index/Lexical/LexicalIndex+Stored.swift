extension LexicalIndex {
    /// The columns of a snapshot. Postings are not stored: they are the term vectors the other way round.
    struct Columns {
        var terms: [String]
        /// Per row, its length in words.
        var lengths: [UInt32]
        /// Per row, how many entries it has in `entryTerms` and `entryCounts`.
        var entryCountOfRow: [UInt32]
        var entryTerms: [UInt32]
        var entryCounts: [UInt16]
    }

    /// Rebuilds the index, or says what is wrong with the columns.
    init(_ columns: Columns, live rows: RowCatalog, options: IndexOptions) throws(SnapshotDefect) {
        self.init(options: options)
        let rowCount = rows.count
        guard columns.lengths.count == rowCount, columns.entryCountOfRow.count == rowCount,
            columns.entryTerms.count == columns.entryCounts.count
        else { throw .inconsistent("lexical columns") }
        guard adopt(terms: columns.terms) else { throw .inconsistent("a term twice") }
        var at = 0
        for row in 0..<rowCount {
            let end = at + Int(columns.entryCountOfRow[row])
            guard end <= columns.entryTerms.count else { throw .inconsistent("term vectors past the end") }
            var vector: [TermVectors.Entry] = []
            vector.reserveCapacity(end - at)
            for i in at..<end {
                let term = columns.entryTerms[i]
                guard term < columns.terms.count, vector.last.map({ $0.term < term }) ?? true else {
                    throw .inconsistent("terms of a row")
                }
                vector.append(.init(term: term, count: columns.entryCounts[i]))
            }
            append(vector, length: columns.lengths[row])
            if !rows.isLive(row) { remove(row: row) }
            at = end
        }
        guard at == columns.entryTerms.count else { throw .inconsistent("term vectors without a row") }
    }
}
