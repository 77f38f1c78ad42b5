import ContextServer
import Failure
import JSON
import MCP
import Synchronization

/// Documents of several tenants in memory; the principal is the tenant's name. Some queries misbehave on purpose.
final class MemoryBackend: DocumentBackend {
    typealias Principal = String

    struct Crash: Error { let secret = "password=hunter2" }

    private let documents: Mutex<[String: [String: MCPDocument]]>
    /// Yields when a `hang` query starts, and when it is cancelled.
    let events: AsyncStream<String>
    private let happened: AsyncStream<String>.Continuation
    private let pairs = Rendezvous()
    private let inside = Mutex<(now: Int, maximum: Int)>((0, 0))

    init(_ tenants: [String: [MCPDocument]] = MemoryBackend.twoTenants) {
        documents = Mutex(tenants.mapValues { Dictionary(uniqueKeysWithValues: $0.map { ($0.id, $0) }) })
        (events, happened) = AsyncStream.makeStream(of: String.self)
    }

    /// An id that both tenants have, ids that only one of them has, and ids that need escaping.
    static let twoTenants: [String: [MCPDocument]] = [
        "ants": [
            document("shared", "ants text of the shared id"), document("a/b ü?#%", "ants odd id"), document("only-ants", "ants private"),
            MCPDocument(id: "bare", title: "", text: "ants bare", url: ""),
        ],
        "bees": [document("shared", "bees text of the shared id"), document("only-bees", "bees private")],
    ]

    static func document(_ id: String, _ text: String) -> MCPDocument {
        MCPDocument(id: id, title: "Title of \(id)", text: text, url: "https://example.org/\(id.utf8.count)", metadata: ["lang": "en"])
    }

    /// The maximum number of concurrent searches.
    var maximumSearches: Int { inside.withLock { $0.maximum } }

    func delete(_ id: String, of tenant: String) { documents.withLock { _ = $0[tenant]?.removeValue(forKey: id) } }

    private func all(_ tenant: String) -> [MCPDocument] {
        documents.withLock { $0[tenant, default: [:]].values.sorted { $0.id < $1.id } }
    }

    func search(_ principal: String, query: String, limit: Int, filter: JSONValue?) async throws -> [MCPSearchHit] {
        inside.withLock { $0 = ($0.now + 1, max($0.maximum, $0.now + 1)) }
        defer { inside.withLock { $0.now -= 1 } }
        switch query {
        case "crash": throw Crash()
        case "busy": throw Failure(.unavailable, code: "busy", "The index is loading.", retryAfterSeconds: 7)
        case "hang": try await hang()
        case "pair": await pairs.meet()
        default: break
        }
        if let filter, filter["key"] == nil, filter["and"] == nil {
            throw Failure.invalid("filter needs key, op and value.", field: "filter")
        }
        return hits(principal, query).prefix(limit).map { $0 }
    }

    private func hits(_ tenant: String, _ query: String) -> [MCPSearchHit] {
        all(tenant).filter { $0.text.contains(query) }.map { document in
            MCPSearchHit(
                documentID: document.id, chunkID: "\(document.id)#0", title: document.title, url: document.url, text: document.text,
                score: query == "nan" ? .nan : 1, span: 0..<document.text.utf8.count, headingPath: ["Top"], metadata: document.metadata)
        }
    }

    private func hang() async throws {
        let (never, open) = AsyncStream.makeStream(of: Void.self)
        happened.yield("started")
        for await _ in never {}
        withExtendedLifetime(open) {}
        happened.yield("cancelled")
        throw CancellationError()
    }

    func fetch(_ principal: String, id: String) async throws -> MCPDocument? {
        switch id {
        case "crash": throw Crash()
        case "thrown": throw Failure.notFound("no such document")
        case "busy": throw Failure(.unavailable, code: "busy", "The catalog is down.", retryAfterSeconds: 7)
        default: return documents.withLock { $0[principal]?[id] }
        }
    }

    func listDocuments(
        _ principal: String, after: String?, limit: Int
    ) async throws -> (documents: [MCPDocumentSummary], next: String?) {
        let rest = all(principal).filter { document in after.map { $0 < document.id } ?? true }
        let page = rest.prefix(limit).map {
            MCPDocumentSummary(id: $0.id, title: $0.title, sizeBytes: $0.text.utf8.count, updatedAt: "2026-01-02T03:04:05Z", url: $0.url)
        }
        return (page, rest.count > limit ? page.last?.id : nil)
    }

    func completeDocumentID(_ principal: String, prefix: String, limit: Int) async throws -> (values: [String], total: Int) {
        let ids = all(principal).map(\.id).filter { $0.hasPrefix(prefix) }
        return (Array(ids.prefix(limit)), ids.count)
    }

    func context(_ principal: String, question: String) async throws -> [MCPSearchHit] { hits(principal, question) }
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
