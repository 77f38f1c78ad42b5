import Catalog
import Citing
import ContextServer
import Failure
import JSON
import MCP
import Retrieval
import Synchronization
import Tenancy
import TestSupport

/// Documents of several tenants in memory; the principal is the tenant's name. Some queries misbehave on purpose.
final class MemoryBackend: DocumentBackend {
    typealias Principal = String

    struct Crash: Error { let secret = "password=hunter2" }

    typealias Document = (record: DocumentRecord, text: String, parts: DocumentParts)

    private let documents: Mutex<[String: [String: Document]]>
    /// Yields when a `hang` query starts, and when it is cancelled.
    let events: AsyncStream<String>
    private let happened: AsyncStream<String>.Continuation
    private let pairs = Rendezvous()
    private let inside = Mutex<(now: Int, maximum: Int)>((0, 0))

    init(_ tenants: [String: [Document]] = MemoryBackend.twoTenants) {
        documents = Mutex(tenants.mapValues { Dictionary(uniqueKeysWithValues: $0.map { ($0.record.id.rawValue, $0) }) })
        (events, happened) = AsyncStream.makeStream(of: String.self)
    }

    /// An id that both tenants have, ids that only one of them has, and ids that need escaping.
    static let twoTenants: [String: [Document]] = [
        "ants": [
            document("shared", "ants text of the shared id"), document("a/b ü?#%", "ants odd id"), document("only-ants", "ants private"),
            document("bare", "ants bare", title: nil, url: ""),
        ],
        "bees": [document("shared", "bees text of the shared id"), document("only-bees", "bees private")],
    ]

    static func document(_ id: String, _ text: String) -> Document {
        document(id, text, title: "Title of \(id)", url: "https://example.org/\(id.utf8.count)")
    }

    static func document(_ id: String, _ text: String, title: String?, url: String?) -> Document {
        let time = Timestamp(milliseconds: 1_767_323_045_000)
        let record = DocumentRecord(
            id: .test(id), number: 7, title: title, url: url, metadata: ["lang": "en"], metadataBytes: 13, textBytes: text.utf8.count,
            chunkCount: 1, createdAt: time, updatedAt: time, sequence: 1)
        return (record, text, id == "paged" ? paged : DocumentParts())
    }

    /// The parts of a document named `paged`.
    private static var paged: DocumentParts {
        var parts = DocumentParts()
        parts.counts = [.page: 12, .attachment: 1]
        parts.names = [.attachment: ["a.csv"]]
        return parts
    }

    /// The maximum number of concurrent searches.
    var maximumSearches: Int { inside.withLock { $0.maximum } }

    func delete(_ id: String, of tenant: String) { documents.withLock { _ = $0[tenant]?.removeValue(forKey: id) } }

    private func all(_ tenant: String) -> [Document] {
        documents.withLock { $0[tenant, default: [:]].values.sorted { $0.record.id < $1.record.id } }
    }

    func search(_ principal: String, _ request: SearchRequest) async throws -> [SearchResult] {
        inside.withLock { $0 = ($0.now + 1, max($0.maximum, $0.now + 1)) }
        defer { inside.withLock { $0.now -= 1 } }
        switch request.query {
        case "crash": throw Crash()
        case "busy": throw Failure(.unavailable, code: "busy", "The index is loading.", retryAfterSeconds: 7)
        case "hang": try await hang()
        case "pair": await pairs.meet()
        default: break
        }
        let found = all(principal).filter { $0.text.contains(request.query) && request.filter?.matches($0.record.metadata) != false }
        return found.prefix(request.limit).map { document in
            Self.result(document, score: request.query == "nan" ? .nan : 1)
        }
    }

    static func result(_ document: Document, headings: [String] = ["Top"], score: Float = 1) -> SearchResult {
        let chunk = Chunk(span: 0..<document.text.utf8.count, headings: headings, text: document.text, tokenCount: 1,
            parts: document.parts.counts[.page] == nil ? [] : [PassagePart(kind: .page, number: 3, label: "iii", span: 0..<99)])
        return SearchResult(ChunkRecord(number: 1, document: document.record, chunk: chunk), score: score)
    }

    private func hang() async throws {
        let (never, open) = AsyncStream.makeStream(of: Void.self)
        happened.yield("started")
        for await _ in never {}
        withExtendedLifetime(open) {}
        happened.yield("cancelled")
        throw CancellationError()
    }

    func fetch(_ principal: String, id: String) async throws -> Document? {
        switch id {
        case "crash": throw Crash()
        case "thrown": throw Failure.notFound("no such document")
        case "busy": throw Failure(.unavailable, code: "busy", "The catalog is down.", retryAfterSeconds: 7)
        default: return documents.withLock { $0[principal]?[id] }
        }
    }

    func listDocuments(
        _ principal: String, after: String?, limit: Int
    ) async throws -> (documents: [DocumentRecord], next: String?) {
        let rest = all(principal).map(\.record).filter { record in after.map { $0 < record.id.rawValue } ?? true }
        let page = Array(rest.prefix(limit))
        return (page, rest.count > limit ? page.last?.id.rawValue : nil)
    }

    func completeDocumentID(_ principal: String, prefix: String, limit: Int) async throws -> (values: [String], total: Int) {
        let ids = all(principal).map(\.record.id.rawValue).filter { $0.hasPrefix(prefix) }
        return (Array(ids.prefix(limit)), ids.count)
    }
}

/// Callers meet in pairs: each waits for another.
actor Rendezvous {
    private var waiting: CheckedContinuation<Void, Never>?

    func meet() async {
        if let other = waiting {
            waiting = nil
            other.resume()
        } else {
            await withCheckedContinuation { waiting = $0 }
        }
    }
}
