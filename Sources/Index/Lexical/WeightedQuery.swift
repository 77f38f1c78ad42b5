internal import Foundation

/// The query terms that occur in live rows, with their weights and postings in one view of an index.
package struct WeightedQuery: Sendable {
    struct Term: Sendable {
        /// The term's number; `nil` for a phrase or prefix query.
        let id: UInt32?
        /// Inverse document frequency, times the number of occurrences in the query.
        let weight: Float
        /// The term's stored postings, or the postings computed for a phrase or prefix query.
        let postings: Postings
    }

    var terms: [Term] = []
    /// The index of each phrase in `terms`; `nil` for a phrase that occurs in no live row.
    var phrases: [Int?] = []
    /// Sum of the weights of all query terms, including those that occur in no live row.
    var totalWeight: Float = 0
    let flat: Float
    let perWord: Float

    /// Returns Lucene's BM25 score, which omits the constant factor `k1 + 1`.
    @inline(__always)
    func score(_ weight: Float, count: UInt16, length: UInt32) -> Float {
        let tf = Float(count)
        return weight * tf / (tf + flat + perWord * Float(length))
    }
}

extension LexicalIndex {
    func weighted(_ query: QueryTerms) -> WeightedQuery {
        var weighted = WeightedQuery(flat: k1 * (1 - b), perWord: k1 * b / meanLength)
        for term in query.terms {
            let id = dictionary.id(of: term.text)
            let frequency = id.map { liveFrequency[Int($0)] } ?? 0
            if term.isSpelling && frequency == 0 { continue }
            let weight = inverseFrequency(Int(frequency)) * Float(term.count)
            weighted.totalWeight += weight
            guard let id, frequency > 0 else { continue }
            weighted.terms.append(.init(id: id, weight: weight, postings: postings[id]))
        }
        var rowsLeft = Self.phraseRowLimit
        for phrase in query.phrases {
            let isFound = add(postings(ofPhrase: phrase, rowsLeft: &rowsLeft), to: &weighted)
            weighted.phrases.append(isFound ? weighted.terms.count - 1 : nil)
        }
        for prefix in query.prefixes { add(postings(ofTermsWithPrefix: prefix), to: &weighted) }
        return weighted
    }

    /// - Returns: whether any live row is among the postings.
    @discardableResult
    private func add(_ found: Postings, to weighted: inout WeightedQuery) -> Bool {
        let frequency = found.rows.count { !isRemoved($0) }
        let weight = inverseFrequency(frequency)
        weighted.totalWeight += weight
        guard frequency > 0 else { return false }
        weighted.terms.append(.init(id: nil, weight: weight, postings: found))
        return true
    }

    private func inverseFrequency(_ frequency: Int) -> Float {
        let df = Double(frequency)
        return Float(log1p((Double(liveRows) - df + 0.5) / (df + 0.5)))
    }

    /// Adds each matching row's score to `scores`, which has an element per row.
    func accumulate(_ query: WeightedQuery, into scores: inout MutableSpan<Float>) {
        let lengths = lengths.span
        for term in query.terms {
            let rows = term.postings.rows.span
            let counts = term.postings.counts.span
            for i in rows.indices {
                let row = Int(rows[i])
                scores[row] += query.score(term.weight, count: counts[i], length: lengths[row])
            }
        }
    }
}
