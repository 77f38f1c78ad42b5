/// A chunk's terms, counted: what is prepared before the index is locked.
struct AnalyzedText: Sendable {
    private(set) var counts: [String: UInt16] = [:]
    /// Words, as BM25 measures length: stop words and parts of words are not counted.
    private(set) var length: UInt32 = 0

    init(title: String, body: String) {
        add(title)
        add(body)
    }

    private mutating func add(_ text: String) {
        Analyzer.analyze(text) { term, kind in
            let count = counts[term, default: 0]
            if count < .max { counts[term] = count + 1 }
            if kind == .word, length < .max { length += 1 }
        }
    }
}

/// A query's distinct terms, in the order in which they first occur.
package struct QueryTerms: Sendable {
    package struct Term: Sendable, Equatable {
        package let text: String
        /// How often it occurs; its score counts as often.
        package var count: Int
    }

    /// Distinct terms that a query may have; more are ignored, so that no query costs more than this many postings.
    package static let limit = 256

    package private(set) var terms: [Term] = []

    package init(_ query: String) {
        var words = QueryTerms(), stopWords = QueryTerms()
        var seen: [String: Int] = [:], seenStopWords: [String: Int] = [:]
        Analyzer.analyze(query) { term, kind in
            switch kind {
            case .word, .part: words.add(term, &seen)
            case .stopWord: stopWords.add(term, &seenStopWords)
            }
        }
        terms = words.terms.isEmpty ? stopWords.terms : words.terms
    }

    private init() {}

    private mutating func add(_ term: String, _ seen: inout [String: Int]) {
        if let place = seen[term] {
            terms[place].count += 1
        } else if terms.count < Self.limit {
            seen[term] = terms.count
            terms.append(Term(text: term, count: 1))
        }
    }
}
