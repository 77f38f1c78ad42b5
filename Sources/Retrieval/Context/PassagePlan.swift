import ByteText
package import Citing
package import Tenancy

/// The passages that make up the context, before their text is read again.
///
/// Takes whole passages, best first, while they fit the budget. Passages of one document that touch, with only white space between them,
/// are merged; a passage whose text repeats that of a better one is dropped.
package struct PassagePlan {
    package struct Passage: Equatable {
        package let document: DocumentID
        package private(set) var span: Range<Int>
        package let title: String?
        package let url: String?
        package let headings: [String]
        package private(set) var chunks: [CitedSource.Chunk]
        /// Score of the best chunk plus `support` times the sum of the others' scores: a document found twice is more likely to be
        /// relevant.
        package var score: Float { (scores.max() ?? 0) * (1 - Self.support) + scores.reduce(0, +) * Self.support }

        /// Weight of each further chunk.
        private static let support: Float = 0.3

        private var scores: [Float]

        init(_ result: SearchResult) {
            (document, span, title, url) = (result.document, result.span, result.title, result.url)
            (headings, scores) = (result.headings, [result.score])
            chunks = [CitedSource.Chunk(id: result.chunkID, span: result.span)]
        }

        fileprivate func touches(_ other: Passage) -> Bool {
            guard document == other.document else { return false }
            return span.lowerBound <= other.span.upperBound + PassagePlan.gapBytes
                && other.span.lowerBound <= span.upperBound + PassagePlan.gapBytes
        }

        fileprivate mutating func merge(_ other: Passage) {
            span = min(span.lowerBound, other.span.lowerBound)..<max(span.upperBound, other.span.upperBound)
            chunks = (chunks + other.chunks).sorted { $0.span.lowerBound < $1.span.lowerBound }
            scores += other.scores
        }
    }

    /// Maximum number of bytes between two adjacent chunks: the chunker drops only white space, rarely more than two line breaks.
    fileprivate static let gapBytes = 8

    /// The passages, best first.
    package let passages: [Passage]

    /// - Parameter results: search results, best first.
    package init(_ results: [SearchResult], maximumTokens: Int) {
        var budget = ContextBudget(tokens: maximumTokens)
        var texts: Set<ByteKey> = []
        var passages: [Passage] = []
        for result in results where texts.insert(Self.words(result.text)).inserted && budget.take(result) {
            var passage = Passage(result)
            // The new passage may connect two passages that were apart.
            while let neighbour = passages.firstIndex(where: { $0.touches(passage) }) { passage.merge(passages.remove(at: neighbour)) }
            passages.append(passage)
        }
        self.passages = passages.sorted { ($0.score, $1.document) > ($1.score, $0.document) }
    }

    /// Returns the text with each run of white space replaced by one space.
    private static func words(_ text: String) -> ByteKey {
        ByteKey(text.unicodeScalars.split(whereSeparator: \.properties.isWhitespace).map { String($0) }.joined(separator: " "))
    }
}
