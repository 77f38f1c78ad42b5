public import JSON
public import Tenancy

/// A document without its text, as in a list.
public struct DocumentRecord: Hashable, Sendable {
    public let id: DocumentID
    /// The document's number within its tenant, by which the index identifies it.
    public let number: Int64
    public let title: String?
    public let url: String?
    public let metadata: JSONObject
    /// Size of the metadata as JSON, in UTF-8 bytes.
    public let metadataBytes: Int
    public let mediaType: String
    /// Size of the extracted text, in UTF-8 bytes.
    public let textBytes: Int
    public let chunkCount: Int
    public let createdAt: Timestamp
    public let updatedAt: Timestamp
}

/// One complete version of a document, to be written in one transaction.
public struct DocumentVersion: Sendable {
    public let id: DocumentID
    public let title: String?
    public let url: String?
    public let metadata: JSONObject
    public let mediaType: String
    public let text: String
    public let chunks: [NewChunk]

    public init(
        id: DocumentID, title: String?, url: String?, metadata: JSONObject, mediaType: String, text: String, chunks: [NewChunk]
    ) {
        self.id = id
        self.title = title
        self.url = url
        self.metadata = metadata
        self.mediaType = mediaType
        self.text = text
        self.chunks = chunks
    }
}

/// A chunk of a version, with its vector.
public struct NewChunk: Sendable {
    /// The chunk's range of UTF-8 bytes in the extracted text.
    public let span: Range<Int>
    /// Titles of the enclosing headings, outermost first.
    public let headings: [String]
    public let text: String
    /// The hash of the embedded text and of the model: chunks with equal hashes may share a vector.
    public let hash: [UInt8]
    public let tokens: Int
    /// The embedding, L2-normalised.
    public let vector: [Float]
    /// Whether the vector was reused from the previous version.
    public let isReused: Bool

    public init(
        span: Range<Int>, headings: [String], text: String, hash: [UInt8], tokens: Int, vector: [Float], isReused: Bool
    ) {
        self.span = span
        self.headings = headings
        self.text = text
        self.hash = hash
        self.tokens = tokens
        self.vector = vector
        self.isReused = isReused
    }
}

/// The numbers of chunks that a write embedded, reused and removed.
public struct ChunkCounts: Hashable, Sendable {
    public var embedded = 0
    public var reused = 0
    public var removed = 0

    public init(embedded: Int = 0, reused: Int = 0, removed: Int = 0) {
        self.embedded = embedded
        self.reused = reused
        self.removed = removed
    }
}

/// A chunk with the data that a search result shows of it and its document.
public struct ChunkRecord: Sendable {
    public let number: Int64
    public let document: DocumentRecord
    public let ordinal: Int
    public let span: Range<Int>
    public let headings: [String]
    public let text: String
}
