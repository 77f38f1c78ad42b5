public import Catalog
public import Citing
public import Index

/// A chunk found by a search, with everything needed to cite it.
public struct SearchResult: Sendable {
    public let found: ChunkRecord
    /// Score; larger is better. A cosine for `dense`, BM25 for `lexical`, a mix in `0...1` for `hybrid`.
    public let score: Float
    public let parts: ScoreParts

    package init(_ found: ChunkRecord, score: Float, parts: ScoreParts = ScoreParts()) {
        (self.found, self.score, self.parts) = (found, score, parts)
    }

    public var document: DocumentRecord { found.document }
    public var chunk: Chunk { found.chunk }
}

/// The components of a score.
public struct ScoreParts: Hashable, Sendable {
    /// Cosine of query and chunk; `nil` where the mode does not use it.
    public let dense: Float?
    /// Evidence of the query's terms; `nil` where the mode does not use it. A quarter of the proximity is added to the BM25 score before
    /// the mix; the title's share is informational: the score does not use it.
    public let evidence: LexicalEvidence?
    /// Weight of the dense side for this query, `0...1`; `nil` where nothing was mixed.
    public package(set) var denseWeight: Float?
    /// The plan of the query's dense search, the first one of a grouped search; `nil` where the mode does not use it.
    package let densePlan: DensePlan?

    package init(dense: Float? = nil, evidence: LexicalEvidence? = nil, densePlan: DensePlan? = nil) {
        (self.dense, self.evidence, self.densePlan) = (dense, evidence, densePlan)
    }
}
