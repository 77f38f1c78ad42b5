public import Citing
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
    /// The sequence number of the document's last change.
    public let sequence: Int64

    package init(
        id: DocumentID, number: Int64, title: String?, url: String?, metadata: JSONObject, metadataBytes: Int,
        mediaType: String = "text/plain", textBytes: Int, chunkCount: Int, createdAt: Timestamp, updatedAt: Timestamp, sequence: Int64
    ) {
        (self.id, self.number, self.title, self.url) = (id, number, title, url)
        (self.metadata, self.metadataBytes, self.mediaType) = (metadata, metadataBytes, mediaType)
        (self.textBytes, self.chunkCount, self.createdAt, self.updatedAt) = (textBytes, chunkCount, createdAt, updatedAt)
        self.sequence = sequence
    }

    /// The stored version that the record describes.
    public var version: VersionTag { VersionTag(sequence: sequence, updatedAt: updatedAt) }
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
    /// The document's pages, sheets, slides and attachments: ordered, disjoint, within the text. Those of a chunk follow from its span.
    public let parts: [PassagePart]
    /// The uploaded file; `nil` if it is not kept.
    public let original: OriginalRecord?

    public init(
        id: DocumentID, title: String?, url: String?, metadata: JSONObject, mediaType: String, text: String, chunks: [NewChunk],
        parts: [PassagePart] = [], original: OriginalRecord? = nil
    ) {
        (self.id, self.title, self.url, self.metadata) = (id, title, url, metadata)
        (self.mediaType, self.text, self.chunks, self.parts) = (mediaType, text, chunks, parts)
        self.original = original
    }
}

/// A chunk of a version, with its vector.
public struct NewChunk: Sendable {
    public let chunk: Chunk
    /// The hash of the embedded text and of the model: chunks with equal hashes may share a vector.
    public let hash: [UInt8]
    /// The embedding, L2-normalised.
    public let vector: [Float]
    /// Whether the vector was reused from the previous version.
    public let isReused: Bool

    public init(_ chunk: Chunk, hash: [UInt8], vector: [Float], isReused: Bool = false) {
        (self.chunk, self.hash, self.vector, self.isReused) = (chunk, hash, vector, isReused)
    }
}

/// The numbers of chunks that a write embedded, reused and removed.
public struct ChunkCounts: Hashable, Sendable {
    public var embedded = 0
    public var reused = 0
    public var removed = 0

    public init(embedded: Int = 0, reused: Int = 0, removed: Int = 0) {
        (self.embedded, self.reused, self.removed) = (embedded, reused, removed)
    }
}

/// A stored chunk and its document.
public struct ChunkRecord: Sendable {
    public let number: Int64
    public let document: DocumentRecord
    public let chunk: Chunk

    package init(number: Int64, document: DocumentRecord, chunk: Chunk) {
        (self.number, self.document, self.chunk) = (number, document, chunk)
    }

    /// The chunk's id, as clients see it, and its position.
    public var position: ChunkPosition { ChunkPosition(number: number, span: chunk.span, parts: chunk.parts) }
}

extension ChunkPosition {
    init(number: Int64, span: Range<Int>, parts: [PassagePart]) { self.init(id: "c\(number)", span: span, parts: parts) }
}
