/// A chunk to add to an index.
public struct IndexEntry: Sendable {
    /// Chunk ID, unique in the collection. Adding a chunk that is already in the index replaces it.
    public let chunk: Int64
    /// ID of the document that the chunk belongs to. Removals and filters use it.
    public let document: Int64
    /// The chunk's body, which the lexical index indexes.
    public let text: String
    /// Title, indexed with each chunk as if it preceded the text.
    public let title: String
    /// Embedding of `dimension` components, L2-normalised, so that a dot product is a cosine.
    public let vector: [Float]

    public init(chunk: Int64, document: Int64, text: String, title: String, vector: [Float]) {
        (self.chunk, self.document) = (chunk, document)
        (self.text, self.title, self.vector) = (text, title, vector)
    }
}

/// One search result.
public struct IndexHit: Sendable, Equatable {
    public let chunk: Int64
    public let document: Int64
    /// Cosine (dense) or BM25 score (lexical). Larger is better; the two scales are not comparable.
    public package(set) var score: Float

    public init(chunk: Int64, document: Int64, score: Float) {
        (self.chunk, self.document, self.score) = (chunk, document, score)
    }
}

/// The starting state of an opened index, from which its owner applies the catalog's later changes.
public enum IndexRecovery: Sendable, Equatable {
    /// The snapshot was valid: the index contains every change up to and including this catalog sequence number.
    case loaded(sequence: Int64)
    /// There was no snapshot; the index is empty, at sequence number 0.
    case empty
    /// The snapshot was unusable and ignored; the index is empty, at sequence number 0. The reason is for logs.
    case rebuild(reason: String)
}

/// Settings that trade time, memory and recall. They are not part of the snapshot's identity, so they may change each time the
/// index is opened.
public struct IndexOptions: Sendable, Equatable {
    /// Minimum number of rows for graph search; a smaller index is scanned exhaustively.
    public var graphThreshold = 20_000
    /// Maximum neighbours of a row on the graph's upper layers; the lowest layer has twice as many. HNSW's "M". `2...64`.
    public var graphDegree = 16
    /// Candidate list size while the graph is built; HNSW's "efConstruction". `1...4096`.
    public var graphBuildEf = 100
    /// Candidate list size (`ef`) of a graph search, in rows, until recall has been measured. Recall and search time grow
    /// with it. `1...65536`.
    public var graphSearchEf = 96
    /// Target recall of the ten nearest rows in a graph search, `0...1`. Maintenance compares sample queries with an exact
    /// search and sets `ef` to the smallest value that reaches the target with a confidence of 95 %, at least half of
    /// `graphSearchEf`. 0 disables the measurement and keeps `graphSearchEf`.
    public var recallTarget = 0.98
    /// Number of threads that build a graph. `1...64`.
    public var graphBuildThreads = 2
    /// Share of deleted rows above which the index is rewritten without them.
    public var compactionShare = 0.25
    /// Minimum number of deleted rows for a compaction.
    public var compactionMinimum = 64
    /// BM25's k1, the saturation of term frequency, `≥ 0`.
    public var bm25K1: Float = 0.9
    /// BM25's b, the length normalisation, `0...1`.
    public var bm25B: Float = 0.4

    public init() {}
}

/// Estimated recall of graph search, compared with an exact search.
public struct RecallEstimate: Sendable, Equatable {
    /// Mean share of the ten nearest rows that graph search found.
    public let mean: Double
    /// The 95 % confidence interval of the recall of all searches like those of the sample: `lower...upper`.
    public let lower: Double
    public let upper: Double
    /// Number of vectors searched both by graph and exactly. `ef` was not chosen by them.
    public let sampleSize: Int
    /// Number of those vectors that were queries: all, or 0 if there were too few queries and stored rows were used. A stored row is
    /// searched for as if it were not in the index.
    public let queries: Int
    /// The `ef` measured, which later searches use.
    public let ef: Int
    /// Number of rows in the graph when it was measured.
    public let rows: Int

    init(_ interval: RecallInterval, sampleSize: Int, queries: Int, ef: Int, rows: Int) {
        (mean, lower, upper) = (interval.mean, interval.lower, interval.upper)
        (self.sampleSize, self.queries, self.ef, self.rows) = (sampleSize, queries, ef, rows)
    }

    /// Creates a stored estimate.
    init(mean: Double, lower: Double, upper: Double, sampleSize: Int, queries: Int, ef: Int, rows: Int) {
        (self.mean, self.lower, self.upper) = (mean, lower, upper)
        (self.sampleSize, self.queries, self.ef, self.rows) = (sampleSize, queries, ef, rows)
    }
}

/// Index contents, memory and disk use, for operators.
public struct IndexStatistics: Sendable, Equatable {
    public enum Mode: String, Sendable {
        /// Every int8 code is scanned and the best rows are rescored in float32: recall is nearly 1.
        case exact
        /// Graph search; rows that the graph does not cover yet are scanned.
        case graph
    }

    public let chunks: Int
    public let documents: Int
    /// Number of rows of removed chunks, which take space until the next compaction.
    public let deletedRows: Int
    public let mode: Mode
    /// Number of rows that the graph covers, including deleted ones.
    public let graphRows: Int
    /// Measured recall; `nil` in exact mode and before the first measurement.
    public let recall: RecallEstimate?
    /// Memory of the dense index, in bytes: codes, graph, row catalog, and rows not yet written to the file. The rows in
    /// the file are memory-mapped; the page cache is not counted.
    public let bytesDense: Int
    /// Memory of the lexical index, in bytes: postings, row tokens and the term dictionary.
    public let bytesLexical: Int
    /// Size of the index's files, in bytes.
    public let bytesOnDisk: Int
    public let sequence: Int64

    public var bytesInMemory: Int { bytesDense + bytesLexical }
}
