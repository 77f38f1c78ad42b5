/// The lexical relevance features of a chunk for a query.
public struct LexicalEvidence: Sendable, Hashable {
    /// BM25 score; 0 if no term matches.
    public let score: Float
    /// The share of the query's terms, by weight, that occur in the chunk; `0...1`.
    public let coverage: Float
    /// The share of the query's terms, by weight, that occur in the chunk's title or headings; `0...1`.
    public let title: Float
    /// Proximity of the query's terms to each other in the chunk; `≥ 0`, on the scale of `score`.
    public let proximity: Float
    /// Whether the chunk contains every quoted phrase of the query; `true` if the query has none.
    public let hasPhrases: Bool

    package init(score: Float, coverage: Float, title: Float, proximity: Float, hasPhrases: Bool) {
        (self.score, self.coverage, self.title) = (score, coverage, title)
        (self.proximity, self.hasPhrases) = (proximity, hasPhrases)
    }
}

/// Computes the lexical evidence of rows for one query.
struct RowReader {
    private let query: WeightedQuery
    private let slots: TermSlots
    private var counts: [UInt16]
    private var isInTitle: [Bool]
    /// Per term, the proximity accumulator of Büttcher, Clarke & Lushman.
    private var nearness: [Float]

    init(_ query: WeightedQuery) {
        self.query = query
        slots = TermSlots(query.terms.map(\.id))
        counts = Array(repeating: 0, count: query.terms.count)
        isInTitle = Array(repeating: false, count: query.terms.count)
        nearness = Array(repeating: 0, count: query.terms.count)
    }

    /// Returns the evidence of a row, with the score that `accumulate` computes, bit for bit.
    mutating func evidence(of index: LexicalIndex, row: Int) -> LexicalEvidence {
        for slot in counts.indices { (counts[slot], isInTitle[slot], nearness[slot]) = (0, false, 0) }
        read(index, row: row)
        let length = index.lengths[row]
        var score: Float = 0, matched: Float = 0, title: Float = 0, proximity: Float = 0
        for (slot, term) in query.terms.enumerated() where counts[slot] > 0 {
            score += query.score(term.weight, count: counts[slot], length: length)
            matched += term.weight
            if isInTitle[slot] { title += term.weight }
            let saturation = nearness[slot] + query.flat + query.perWord * Float(length)
            if nearness[slot] > 0 { proximity += min(1, term.weight) * nearness[slot] / saturation }
        }
        let total = max(query.totalWeight, .leastNormalMagnitude)
        return LexicalEvidence(
            score: score, coverage: min(1, matched / total), title: min(1, title / total), proximity: proximity,
            hasPhrases: query.phrases.allSatisfy { slot in slot.map { counts[$0] > 0 } ?? false })
    }

    private mutating func read(_ index: LexicalIndex, row: Int) {
        var last: (slot: Int, position: Int)?
        index.tokens.forEach(row: row) { token in
            guard let slot = slots[token.term] else { return }
            if counts[slot] < .max { counts[slot] += 1 }
            if token.isInTitle { isInTitle[slot] = true }
            if let last, last.slot != slot, token.position > last.position {
                let distance = Float(token.position - last.position)
                nearness[slot] += query.terms[last.slot].weight / (distance * distance)
                nearness[last.slot] += query.terms[slot].weight / (distance * distance)
            }
            last = (slot, token.position)
        }
        for (slot, term) in query.terms.enumerated() where term.id == nil {
            counts[slot] = term.postings.count(row: UInt32(row))
        }
    }
}

/// A small hash table with open addressing, from a term's number to its index in the query.
private struct TermSlots {
    private var ids: [UInt32]
    private var slots: [Int]
    private let mask: Int

    private static let free = UInt32.max

    /// - Parameter terms: distinct term numbers; `nil` entries cannot be looked up.
    init(_ terms: [UInt32?]) {
        var size = 16
        while size < 4 * terms.count { size *= 2 }
        mask = size - 1
        ids = Array(repeating: Self.free, count: size)
        slots = Array(repeating: 0, count: size)
        for (slot, id) in terms.enumerated() {
            guard let id else { continue }
            var place = Int(id) & mask
            while ids[place] != Self.free { place = (place + 1) & mask }
            (ids[place], slots[place]) = (id, slot)
        }
    }

    subscript(id: UInt32) -> Int? {
        var place = Int(id) & mask
        while ids[place] != Self.free {
            if ids[place] == id { return slots[place] }
            place = (place + 1) & mask
        }
        return nil
    }
}
