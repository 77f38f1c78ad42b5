/// Each row's terms in reading order, one byte string per row, for removals, phrase queries and reranking of given rows.
///
/// A row is a sequence of LEB128 numbers (seven bits per byte, the lowest first, the top bit set on all but the last byte):
/// the tokens of the title, 0, and the tokens of the body. A token is `4 (id + 1)` plus the raw value of its `TokenStep`. Term
/// numbers are assigned in order of first occurrence, so frequent terms have low numbers and a token takes two bytes on average.
struct RowTokens: Sendable {
    struct Token: Equatable {
        let term: UInt32
        let position: Int
        let isInTitle: Bool
    }

    /// Number of positions between the title's last word and the body's first.
    private static let gapAfterTitle = 16

    private var offsets: [Int] = [0]
    private var encoded: [UInt8] = []

    var rowCount: Int { offsets.count - 1 }
    var bytes: Int { offsets.capacity * 8 + encoded.capacity }
    var encodedBytes: [UInt8] { encoded }

    func byteCount(row: Int) -> Int { offsets[row + 1] - offsets[row] }

    /// - Parameter ids: the term number of each of the text's terms.
    mutating func append(_ text: AnalyzedText, ids: [UInt32]) {
        for token in text.title { append(ids[Int(token.term)], token.step) }
        encoded.append(0)
        for token in text.body { append(ids[Int(token.term)], token.step) }
        offsets.append(encoded.count)
    }

    /// Appends a row of another `RowTokens`, with its terms renumbered.
    mutating func append(row: Int, of other: RowTokens, _ renumbered: (UInt32) -> UInt32) {
        other.forEachNumber(row: row) { number in
            if number == 0 { encoded.append(0) } else { append(renumbered(Self.term(number)), Self.step(number)) }
        }
        offsets.append(encoded.count)
    }

    private mutating func append(_ id: UInt32, _ step: TokenStep) {
        var rest = (UInt64(id) + 1) << 2 | step.rawValue
        while rest >= 0x80 {
            encoded.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        encoded.append(UInt8(rest))
    }

    init() {}

    /// Creates the tokens from stored bytes, without validating them (see `areWhole`); `nil` if the number of bytes is not
    /// the sum of `byteCounts`.
    init?(stored: [UInt8], byteCounts: [UInt32]) {
        offsets.reserveCapacity(byteCounts.count + 1)
        var end = 0
        for count in byteCounts {
            end += Int(count)
            offsets.append(end)
        }
        guard end == stored.count else { return nil }
        encoded = stored
    }

    /// Whether each row ends with a complete number, contains only existing terms, and has one separator of title and body.
    func areWhole(termCount: Int) -> Bool {
        for row in 0..<rowCount {
            var marks = 0
            var areTerms = true
            let isWhole = forEachNumber(row: row) { number in
                if number == 0 { marks += 1 } else if number < 4 || number & 3 == 3 || number >> 2 > UInt64(termCount) { areTerms = false }
            }
            guard isWhole, areTerms, marks == 1 else { return false }
        }
        return true
    }

    /// Returns, per term, the number of rows with it.
    func frequencies(termCount: Int) -> [UInt32] {
        var frequencies = [UInt32](repeating: 0, count: termCount)
        var lastRow = [UInt32](repeating: .max, count: termCount)
        for row in 0..<rowCount {
            forEachTerm(row: row) { term in
                guard lastRow[Int(term)] != UInt32(row) else { return }
                lastRow[Int(term)] = UInt32(row)
                frequencies[Int(term)] += 1
            }
        }
        return frequencies
    }

    /// Calls `body` with each token, in reading order.
    @inline(__always)
    func forEach(row: Int, _ body: (Token) -> Void) {
        var positions = TermPositions()
        var isInTitle = true
        forEachNumber(row: row) { number in
            if number == 0 {
                isInTitle = false
                positions.skip(Self.gapAfterTitle)
            } else {
                body(Token(term: Self.term(number), position: positions.position(Self.step(number)), isInTitle: isInTitle))
            }
        }
    }

    /// Calls `body` with the term of each token, in reading order.
    @inline(__always)
    func forEachTerm(row: Int, _ body: (UInt32) -> Void) {
        forEachNumber(row: row) { if $0 != 0 { body(Self.term($0)) } }
    }

    /// Calls `body` with each number of a row.
    ///
    /// - Returns: `false` if the row ends in the middle of a number, or a number takes more than five bytes.
    @inline(__always)
    @discardableResult
    private func forEachNumber(row: Int, _ body: (UInt64) -> Void) -> Bool {
        let bytes = encoded.span.extracting(offsets[row]..<offsets[row + 1])
        var at = 0
        while at < bytes.count {
            var byte = bytes[at]
            at += 1
            var number = UInt64(byte & 0x7F)
            var shift: UInt64 = 7
            while byte >= 0x80 {
                guard at < bytes.count, shift < 35 else { return false }
                byte = bytes[at]
                at += 1
                number |= UInt64(byte & 0x7F) << shift
                shift += 7
            }
            body(number)
        }
        return true
    }

    @inline(__always)
    private static func term(_ number: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: number >> 2) &- 1 }

    private static func step(_ number: UInt64) -> TokenStep { TokenStep(rawValue: number & 3) ?? .word }
}
