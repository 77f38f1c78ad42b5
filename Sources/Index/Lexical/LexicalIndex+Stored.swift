extension LexicalIndex {
    /// The lexical columns of a snapshot.
    struct Columns {
        /// UTF-8 of the terms, concatenated, and the length of each in bytes.
        var termBytes: [UInt8]
        var termLengths: [UInt32]
        /// Per row, its length in words.
        var lengths: [UInt32]
        /// Per row, its number of bytes in `entryTerms`.
        var entryCountOfRow: [UInt32]
        /// The rows' tokens as `RowTokens` encodes them, concatenated, padded with zeros to a multiple of four bytes.
        var entryTerms: [UInt8]
        /// Per term, the number of rows with it; then, term by term, those rows and the term's frequency in each.
        var termRows: [UInt32]
        var postingRows: [UInt32]
        var postingCounts: [UInt16]
    }

    /// The rows' tokens in the form that a snapshot stores: see `Columns`.
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

    /// Restores the index from stored columns, or throws what is wrong with them.
    init(_ columns: consuming Columns, live rows: RowCatalog, options: IndexOptions) throws(SnapshotDefect) {
        guard columns.lengths.count == rows.count, columns.entryCountOfRow.count == rows.count else {
            throw .inconsistent("lexical columns differ in length")
        }
        let length = columns.entryCountOfRow.reduce(0) { $0 + Int($1) }
        let padding = columns.entryTerms.count - length
        guard padding >= 0, padding == (4 - length % 4) % 4 else { throw .inconsistent("wrong length of the tokens") }
        columns.entryTerms.removeLast(padding)
        guard let tokens = RowTokens(stored: columns.entryTerms, byteCounts: columns.entryCountOfRow) else {
            throw .inconsistent("wrong length of a row's tokens")
        }
        var dictionary = TermDictionary()
        guard dictionary.adopt(bytes: columns.termBytes, lengths: columns.termLengths) else {
            throw .inconsistent("duplicate term, or wrong length of the terms")
        }
        guard tokens.areWhole(termCount: dictionary.count) else { throw .inconsistent("invalid tokens of a row") }
        let postings = PostingsTable(
            stored: columns.postingRows, counts: columns.postingCounts, termRows: columns.termRows, rowCount: rows.count)
        guard let postings, columns.termRows.count == dictionary.count else { throw .inconsistent("invalid postings") }
        self.init(
            dictionary: dictionary, postings: postings, frequencies: columns.termRows, tokens: tokens, lengths: columns.lengths,
            options: options, isLive: rows.isLive)
    }
}
