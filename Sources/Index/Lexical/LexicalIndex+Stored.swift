extension LexicalIndex {
    /// The columns of a snapshot. Postings are not stored: they are the rows' tokens the other way round.
    struct Columns {
        var terms: [String]
        /// Per row, its length in words.
        var lengths: [UInt32]
        /// Per row, how many bytes of `entryTerms` it has.
        var entryCountOfRow: [UInt32]
        /// The rows' tokens as `RowTokens` encodes them, one row after the other, four bytes to a number, the first
        /// the lowest; the last number is filled up with zero bytes.
        var entryTerms: [UInt32]
        /// Empty. In the first layout, which had no positions, counts.
        var entryCounts: [UInt16]
    }

    /// What a snapshot holds of the rows' tokens: see `Columns`.
    struct StoredTokens {
        fileprivate let tokens: RowTokens

        var rowCount: Int { tokens.rowCount }
        func entryCount(row: Int) -> Int { tokens.byteCount(row: row) }

        var terms: [UInt32] {
            let bytes = tokens.encodedBytes
            var numbers = [UInt32](repeating: 0, count: (bytes.count + 3) / 4)
            // SAFETY: `numbers` has at least as many bytes; any bytes are numbers.
            unsafe numbers.withUnsafeMutableBytes { target in
                unsafe bytes.withUnsafeBytes { unsafe target.copyMemory(from: $0) }
            }
            return numbers
        }

        var counts: [UInt16] { [] }
    }

    var vectors: StoredTokens { StoredTokens(tokens: tokens) }
    var terms: [String] { dictionary.terms }

    /// Rebuilds the index, or says what is wrong with the columns.
    init(_ columns: Columns, live rows: RowCatalog, options: IndexOptions) throws(SnapshotDefect) {
        guard columns.lengths.count == rows.count, columns.entryCountOfRow.count == rows.count, columns.entryCounts.isEmpty
        else { throw .inconsistent("lexical columns") }
        let length = columns.entryCountOfRow.reduce(0) { $0 + Int($1) }
        guard columns.entryTerms.count == (length + 3) / 4 else { throw .inconsistent("length of the tokens") }
        let bytes = Self.bytes(columns.entryTerms, count: length)
        guard let tokens = RowTokens(stored: bytes, byteCounts: columns.entryCountOfRow) else {
            throw .inconsistent("length of the rows' tokens")
        }
        let index = LexicalIndex(
            terms: columns.terms, tokens: tokens, lengths: columns.lengths, options: options, isLive: rows.isLive)
        guard let index else { throw .inconsistent("a term twice, or tokens of a row") }
        self = index
    }

    private static func bytes(_ numbers: [UInt32], count: Int) -> [UInt8] {
        // SAFETY: `count` is at most the bytes of `numbers`, as the caller has checked; the bytes are copied.
        unsafe numbers.withUnsafeBytes { unsafe Array($0.prefix(count)) }
    }
}
