/// One chunk, as it goes into an index.
public struct IndexEntry: Sendable {
    /// Unique in the collection. Adding a chunk that is already there replaces it.
    public let chunk: Int64
    /// The document that the chunk belongs to, by which it is removed and filtered.
    public let document: Int64
    /// What the lexical side indexes: the chunk's body.
    public let text: String
    /// Indexed once with each chunk, as if it stood at the head of the text.
    public let title: String
    /// `dimension` components, L2-normalised, so that a dot product is a cosine.
    public let vector: [Float]

    public init(chunk: Int64, document: Int64, text: String, title: String, vector: [Float]) {
        self.chunk = chunk
        self.document = document
        self.text = text
        self.title = title
        self.vector = vector
    }
}

/// One answer of a search.
public struct IndexHit: Sendable, Equatable {
    public let chunk: Int64
    public let document: Int64
    /// A cosine (dense) or a BM25 score (lexical): larger is better, and the two are not comparable.
    public let score: Float

    public init(chunk: Int64, document: Int64, score: Float) {
        self.chunk = chunk
        self.document = document
        self.score = score
    }
}

/// Where an opened index begins, and so from where its owner must feed it out of the catalog.
public enum IndexRecovery: Sendable, Equatable {
    /// The snapshot was whole: everything up to and including this catalog sequence number is in the index.
    case loaded(sequence: Int64)
    /// There was no snapshot; the index is empty, at sequence 0.
    case empty
    /// The snapshot could not be used and was ignored; the index is empty, at sequence 0. The reason is for logs.
    case rebuild(reason: String)
}

/// How an index trades time, memory and recall. None of it is stored in the snapshot's identity: options may change
/// between two openings.
public struct IndexOptions: Sendable, Equatable {
    /// Rows from which the dense side walks a graph instead of scanning everything.
    public var graphThreshold = 20_000
    /// Neighbours of a row on the graph's upper layers, half of those on the lowest; "M" in the source. `2...64`.
    public var graphDegree = 16
    /// Width of the search for neighbours while the graph is built; "efConstruction" in the source. `1...4096`.
    public var graphBuildWidth = 100
    /// Width of a walk at search time, in rows, until it has been measured; "ef" in the source. Recall and time grow with
    /// it. `1...65536`.
    public var graphSearchWidth = 96
    /// Share of the ten nearest rows that a walk is to find, `0...1`: from time to time some queries are answered by a
    /// scan of everything too, and the width, half of `graphSearchWidth` at least, is chosen by that comparison. 0 keeps
    /// `graphSearchWidth`.
    public var recallTarget = 0.98
    /// Threads that build a graph. `1...64`.
    public var graphBuildThreads = 2
    /// Share of deleted rows above which the index is rewritten without them.
    public var compactionShare = 0.25
    /// Deleted rows below which it is not worth the trouble.
    public var compactionMinimum = 64
    /// BM25's saturation of term frequency, `≥ 0`.
    public var bm25K1: Float = 0.9
    /// BM25's normalisation by length, `0...1`.
    public var bm25B: Float = 0.4

    public init() {}
}

/// How well the graph finds what a scan of everything finds.
public struct RecallEstimate: Sendable, Equatable {
    /// Mean share of the ten nearest rows that a walk found.
    public let mean: Double
    /// Vectors that were searched for both ways.
    public let sampleSize: Int
    /// How many of those were queries; the others were stored rows, taken while there were too few queries.
    public let queries: Int
    /// Width of the walks, and of those since.
    public let width: Int
}

/// What an index holds, for operators.
public struct IndexStatistics: Sendable, Equatable {
    public enum Mode: String, Sendable {
        /// Every code is scanned, and recall is that of the codes with float32 rescoring: nearly 1.
        case exact
        /// A graph is walked; rows it does not cover yet are scanned.
        case graph
    }

    public let chunks: Int
    public let documents: Int
    /// Rows of removed chunks that still take space until the next compaction.
    public let deletedRows: Int
    public let mode: Mode
    /// Rows that the graph covers, deleted ones included.
    public let graphRows: Int
    /// `nil` in exact mode, and until it was first measured.
    public let recall: RecallEstimate?
    /// In memory for the dense side: codes, graph, row numbers, and rows that have not gone to the file yet. The rows in
    /// the file are mapped, and what is cached of them is the system's.
    public let bytesDense: Int
    /// In memory for the lexical side: postings, term vectors and the dictionary; the dictionary's share is an estimate.
    public let bytesLexical: Int
    /// Of the index's files.
    public let bytesOnDisk: Int
    public let sequence: Int64

    public var bytesInMemory: Int { bytesDense + bytesLexical }
}
