internal import Foundation

/// An inverted index with BM25, over the same rows as the dense side.
///
/// Per term the rows that have it, ascending, each with its count there; per row its terms (`TermVectors`), which is
/// what makes a removal exact at once and a rerank of given rows cheap. Removed rows stay in the postings until the
/// index is compacted: they score, but searches pass them over, and no statistic counts them.
struct LexicalIndex: Sendable {
    struct Postings: Sendable {
        var rows: [UInt32] = []
        var counts: [UInt16] = []
    }

    let k1: Float
    let b: Float
    private(set) var terms: [String] = []
    private var ids: [String: UInt32] = [:]
    private(set) var postings: [Postings] = []
    /// Per term, how many live rows have it.
    private var liveFrequency: [UInt32] = []
    private(set) var vectors = TermVectors()
    /// Per row, its length in words.
    private(set) var lengths: [UInt32] = []
    private(set) var liveRows = 0
    private var liveLength: Int64 = 0

    init(options: IndexOptions) {
        k1 = options.bm25K1
        b = options.bm25B
    }

    // MARK: Change

    /// Appends a row with these terms.
    mutating func append(_ text: AnalyzedText) {
        var vector: [TermVectors.Entry] = []
        vector.reserveCapacity(text.counts.count)
        for (term, count) in text.counts { vector.append(.init(term: id(of: term), count: count)) }
        vector.sort { $0.term < $1.term }
        append(vector, length: text.length)
    }

    /// Appends a row whose terms are known by id, ascending.
    mutating func append(_ vector: [TermVectors.Entry], length: UInt32) {
        let row = UInt32(lengths.count)
        for entry in vector {
            let term = Int(entry.term)
            postings[term].rows.append(row)
            postings[term].counts.append(entry.count)
            liveFrequency[term] += 1
        }
        vectors.append(vector)
        lengths.append(length)
        liveRows += 1
        liveLength += Int64(length)
    }

    /// Takes a live row out of the statistics.
    mutating func remove(row: Int) {
        for entry in vectors[row] { liveFrequency[Int(entry.term)] -= 1 }
        liveRows -= 1
        liveLength -= Int64(lengths[row])
    }

    private mutating func id(of term: String) -> UInt32 {
        if let id = ids[term] { return id }
        let id = UInt32(terms.count)
        ids[term] = id
        terms.append(term)
        postings.append(Postings())
        liveFrequency.append(0)
        return id
    }

    /// Takes over a stored dictionary, term `i` with id `i`; `false` if one occurs twice. Only for an empty index.
    mutating func adopt(terms stored: [String]) -> Bool {
        ids.reserveCapacity(stored.count)
        for term in stored { _ = id(of: term) }
        return terms.count == stored.count
    }

    /// The same index with only these rows, in this order, and only the terms that they have.
    func compacted(keeping rows: [Int], options: IndexOptions) -> LexicalIndex {
        var compact = LexicalIndex(options: options)
        for row in rows {
            var vector = vectors[row].map { entry in
                TermVectors.Entry(term: compact.id(of: terms[Int(entry.term)]), count: entry.count)
            }
            vector.sort { $0.term < $1.term }
            compact.append(vector, length: lengths[row])
        }
        return compact
    }

    // MARK: Score

    struct WeightedTerm {
        let id: Int
        let weight: Float
    }

    /// A query's terms that some live row has, with what the collection says about them.
    struct WeightedQuery {
        fileprivate(set) var terms: [WeightedTerm] = []
        fileprivate let flat: Float
        fileprivate let perWord: Float

        /// Lucene's BM25, which leaves out the constant factor `k1 + 1`.
        @inline(__always)
        fileprivate func score(_ weight: Float, count: UInt16, length: UInt32) -> Float {
            let tf = Float(count)
            return weight * tf / (tf + flat + perWord * Float(length))
        }
    }

    func weighted(_ query: QueryTerms) -> WeightedQuery {
        let mean = liveLength > 0 ? Float(Double(liveLength) / Double(liveRows)) : 1
        var weighted = WeightedQuery(flat: k1 * (1 - b), perWord: k1 * b / mean)
        for term in query.terms {
            guard let id = ids[term.text].map(Int.init), liveFrequency[id] > 0 else { continue }
            let df = Double(liveFrequency[id])
            let idf = log1p((Double(liveRows) - df + 0.5) / (df + 0.5))
            weighted.terms.append(WeightedTerm(id: id, weight: Float(idf) * Float(term.count)))
        }
        return weighted
    }

    /// The score of one row, equal to the bit to what `accumulate` gives it.
    func score(_ query: WeightedQuery, row: Int) -> Float {
        var score: Float = 0
        for term in query.terms {
            guard let count = vectors.count(of: UInt32(term.id), row: row) else { continue }
            score += query.score(term.weight, count: count, length: lengths[row])
        }
        return score
    }

    /// Adds every row's score to `scores`, which has a place for each row.
    func accumulate(_ query: WeightedQuery, into scores: inout MutableSpan<Float>) {
        let lengths = lengths.span
        for term in query.terms {
            let postings = postings[term.id]
            let rows = postings.rows.span
            let counts = postings.counts.span
            for i in rows.indices {
                let row = Int(rows[i])
                scores[row] += query.score(term.weight, count: counts[i], length: lengths[row])
            }
        }
    }

    /// Memory in bytes; strings are counted by their length and a dictionary entry as 48 bytes.
    var bytes: Int {
        let inPostings = postings.reduce(0) { $0 + $1.rows.capacity * 4 + $1.counts.capacity * 2 + 80 }
        let inTerms = terms.reduce(0) { $0 + 48 + ($1.utf8.count > 15 ? $1.utf8.count + 32 : 0) }
        return inPostings + inTerms + vectors.bytes + lengths.capacity * 4 + liveFrequency.capacity * 4
    }
}
