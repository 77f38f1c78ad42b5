import ByteText
package import Catalog
package import Citing
import Tenancy

/// The passages that make up the context, before their text is read again.
///
/// Takes whole passages, best first, while they fit the budget. Passages of one document that touch, with only white space between them,
/// are merged, unless they are in different sheets, slides or attachments; a passage whose text repeats that of a better one is dropped.
package struct PassagePlan {
    package struct Passage {
        /// Chunks of one document, the last found one first: its headings are the passage's.
        private var results: [SearchResult]
        package private(set) var span: Range<Int>

        package init(_ result: SearchResult) { (results, span) = ([result], result.chunk.span) }

        package var document: DocumentRecord { results[0].document }

        /// Score of the best chunk plus `support` times the sum of the others' scores: a document found twice is more likely to be
        /// relevant.
        package var score: Float {
            let scores = results.map(\.score)
            return (scores.max() ?? 0) * (1 - Self.support) + scores.reduce(0, +) * Self.support
        }

        /// Weight of each further chunk.
        private static let support: Float = 0.3

        /// Returns whether the stored bytes of `span` contain the chunks' text. They do not if the document was replaced after the search.
        func matches(_ bytes: [UInt8]) -> Bool {
            results.map(\.chunk).allSatisfy { chunk in
                let place = chunk.span.lowerBound - span.lowerBound..<chunk.span.upperBound - span.lowerBound
                return place.upperBound <= bytes.count && chunk.text.utf8.elementsEqual(bytes[place])
            }
        }

        /// - Parameter text: the text of `span`.
        package func source(_ text: String, number: Int) -> CitedSource {
            CitedSource(
                number: number, document: document.id.rawValue, title: document.title, url: document.url,
                headings: results[0].chunk.headings, span: span, text: text,
                chunks: results.map(\.found.position).sorted { $0.span.lowerBound < $1.span.lowerBound }, score: score, parts: parts)
        }

        /// The parts of the document that the passage has text of, in order.
        private var parts: [PassagePart] {
            Set(results.flatMap(\.chunk.parts)).sorted { $0.span.lowerBound < $1.span.lowerBound }
        }

        /// The sheet, slide or attachment that the passage is in.
        private var separatePart: PassagePart? { results[0].chunk.parts.first.flatMap { $0.isSeparate ? $0 : nil } }

        fileprivate func touches(_ other: Passage) -> Bool {
            guard document.id == other.document.id, separatePart == other.separatePart else { return false }
            return span.lowerBound <= other.span.upperBound + PassagePlan.gapBytes
                && other.span.lowerBound <= span.upperBound + PassagePlan.gapBytes
        }

        fileprivate mutating func merge(_ other: Passage) {
            span = min(span.lowerBound, other.span.lowerBound)..<max(span.upperBound, other.span.upperBound)
            results += other.results
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
        for result in results where texts.insert(Self.words(result.chunk.text)).inserted && budget.take(result) {
            var passage = Passage(result)
            // The new passage may connect two passages that were apart.
            while let neighbour = passages.firstIndex(where: { $0.touches(passage) }) { passage.merge(passages.remove(at: neighbour)) }
            passages.append(passage)
        }
        self.passages = passages.sorted { ($0.score, $1.document.id) > ($1.score, $0.document.id) }
    }

    /// Returns the text with each run of white space replaced by one space.
    private static func words(_ text: String) -> ByteKey {
        ByteKey(text.unicodeScalars.split(whereSeparator: \.properties.isWhitespace).map { String($0) }.joined(separator: " "))
    }
}
