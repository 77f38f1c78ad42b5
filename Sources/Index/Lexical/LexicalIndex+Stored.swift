extension LexicalIndex {
    /// The columns of a snapshot.
    struct Columns {
        /// UTF-8 of the terms, one after the other, and the bytes of each.
        var termBytes: [UInt8]
        var termLengths: [UInt32]
        /// Per row, its length in words.
        var lengths: [UInt32]
        /// Per row, how many bytes of `entryTerms` it has.
        var entryCountOfRow: [UInt32]
        /// The rows' tokens as `RowTokens` encodes them, one row after the other, filled up with zeros to a multiple of
        /// four bytes.
        var entryTerms: [UInt8]
        /// Per term, how many rows have it; which, one term after the other; and how often each has it.
        var termRows: [UInt32]
        var postingRows: [UInt32]
        var postingCounts: [UInt16]
    }

    /// What a snapshot holds of the rows' tokens: see `Columns`.
    struct StoredTokens {
        fileprivate let tokens: RowTokens

        var rowCount: Int { tokens.rowCount }
        func entryCount(row: Int) -> Int { tokens.byteCount(row: row) }

        var terms: [UInt8] {
            let bytes = tokens.encodedBytes
            return bytes + [UInt8](repeating: 0, count: (4 - bytes.count % 4) % 4)
        }
    }

    var vectors: StoredTokens { StoredTokens(tokens: tokens) }

    /// Rebuilds the index, or says what is wrong with the columns.
    init(_ columns: consuming Columns, live rows: RowCatalog, options: IndexOptions) throws(SnapshotDefect) {
        guard columns.lengths.count == rows.count, columns.entryCountOfRow.count == rows.count else {
            throw .inconsistent("lexical columns")
        }
        let length = columns.entryCountOfRow.reduce(0) { $0 + Int($1) }
        let padding = columns.entryTerms.count - length
        guard padding >= 0, padding == (4 - length % 4) % 4 else { throw .inconsistent("length of the tokens") }
        columns.entryTerms.removeLast(padding)
        guard let tokens = RowTokens(stored: columns.entryTerms, byteCounts: columns.entryCountOfRow) else {
            throw .inconsistent("length of the rows' tokens")
        }
        var dictionary = TermDictionary()
        guard dictionary.adopt(bytes: columns.termBytes, lengths: columns.termLengths) else {
            throw .inconsistent("a term twice, or the terms' bytes")
        }
        guard tokens.areWhole(termCount: dictionary.count) else { throw .inconsistent("tokens of a row") }
        let postings = PostingsTable(
            stored: columns.postingRows, counts: columns.postingCounts, termRows: columns.termRows, rowCount: rows.count)
        guard let postings, columns.termRows.count == dictionary.count else { throw .inconsistent("postings") }
        self.init(
            dictionary: dictionary, postings: postings, frequencies: columns.termRows, tokens: tokens, lengths: columns.lengths,
            options: options, isLive: rows.isLive)
    }
}
