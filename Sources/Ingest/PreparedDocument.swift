import Catalog
import Citing
import Crypto
import Tenancy

/// An extracted and chunked document, without vectors.
struct PreparedDocument: Sendable {
    let source: SourceDocument
    let title: String?
    let mediaType: String
    let text: String
    let chunks: [PreparedChunk]
    let parts: [PassagePart]

    /// Returns the version to commit, with each chunk's vector from `reusable` (the previous version) or `vectors` (new).
    /// Returns `nil` if a vector is missing, which would be a bug.
    ///
    /// - Parameter original: the uploaded file; `nil` if it is not kept.
    func version(vectors: [[UInt8]: [Float]], reusable: [[UInt8]: [Float]], original: OriginalRecord?) -> DocumentVersion? {
        var complete: [NewChunk] = []
        for chunk in chunks {
            let old = reusable[chunk.hash]
            guard let vector = old ?? vectors[chunk.hash] else { return nil }
            complete.append(NewChunk(chunk.chunk, hash: chunk.hash, vector: vector, isReused: old != nil))
        }
        return DocumentVersion(
            id: source.id, title: title, url: source.url, metadata: source.metadata, mediaType: mediaType, text: text,
            chunks: complete, parts: parts, original: original)
    }
}

/// A chunk and the text to embed for it.
struct PreparedChunk: Sendable {
    let chunk: Chunk
    /// The title and headings, followed by the chunk's text.
    let embeddedText: String
    /// The SHA-256 of the model's tag and `embeddedText`: equal hashes have equal vectors.
    let hash: [UInt8]

    init(chunk: Chunk, prefix: String, model: String) {
        self.chunk = chunk
        embeddedText = prefix.isEmpty ? chunk.text : prefix + "\n" + chunk.text
        hash = Array(SHA256.hash(data: Array("\(model)\0\(embeddedText)".utf8)))
    }
}
