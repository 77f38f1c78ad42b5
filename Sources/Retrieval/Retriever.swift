public import Catalog
public import Embeddings
import Index
import JSON
public import Scheduling
public import Tenancy

/// The read path, from a query to citable chunks. It is independent of HTTP and shared by all APIs.
public final class Retriever: Sendable {
    private let catalog: CatalogStore
    private let indexes: IndexRegistry
    private let embedder: any Embedder
    private let workers: WorkerPool
    private let passages: PassageCache
    public let meter = SearchMeter()

    /// Maximum number of attempts of a search. It starts again if a document it found was replaced before it could be read.
    private static let attempts = 4

    /// Default size of the cache of passages, in bytes.
    public static let defaultPassageCacheBytes = 32 << 20

    /// - Parameter passageCacheBytes: maximum size of the cache of passages, over all tenants, in bytes; 0 disables it.
    public init(
        catalog: CatalogStore, indexes: IndexRegistry, embedder: any Embedder, workers: WorkerPool,
        passageCacheBytes: Int = Retriever.defaultPassageCacheBytes
    ) {
        (self.catalog, self.indexes, self.embedder, self.workers) = (catalog, indexes, embedder, workers)
        passages = PassageCache(capacity: passageCacheBytes)
    }

    /// Searches and returns results, best first; fewer than `limit` only if the tenant has no more matches.
    ///
    /// - Throws: `JSONFieldError` for an invalid request; `RetrievalError`; `EmbeddingError` and `WorkerPoolFull` under load;
    ///   `CatalogError.tenantNotFound`.
    public func search(_ request: SearchRequest, in scope: TenantScope) async throws -> [SearchResult] {
        try await meter.measure(request.mode) { try await results(of: request, in: scope) }
    }

    private func results(of request: SearchRequest, in scope: TenantScope) async throws -> [SearchResult] {
        try Self.check(request)
        let vector = request.mode == .lexical ? [] : try await embed(request.query, in: scope)
        for _ in 0..<Self.attempts {
            if let results = try await attempt(request, vector: vector, in: scope) { return results }
        }
        throw RetrievalError(code: .changing, detail: "the documents changed during the search; try again in a moment")
    }

    /// Returns `nil` if a chunk that was found no longer exists, or an index file is corrupt.
    private func attempt(_ request: SearchRequest, vector: [Float], in scope: TenantScope) async throws -> [SearchResult]? {
        let index = try await indexes.current(in: scope)
        let filter = try await indexes.documents(matching: request.filter, for: index, in: scope)
        if filter?.documents.isEmpty == true { return [] }
        do {
            let (position, results) = try await workers.run(for: WorkKey(scope)) { [self] stop in
                (index.position, try search(index, request, vector: vector, filter: filter, in: scope, stop))
            }
            if results == nil { try await indexes.markInconsistent(index, at: position, in: scope) }
            return results
        } catch let error as IndexError where error.code == .damaged {
            return nil  // the next use rebuilds the index
        }
    }

    /// Returns `nil` if a chunk that was found is not in the catalog.
    private func search(
        _ index: CollectionIndex, _ request: SearchRequest, vector: [Float], filter: DocumentFilter?, in scope: TenantScope,
        _ stop: WorkStop
    ) throws -> [SearchResult]? {
        let ranking = Ranking(
            index: index, mode: request.mode, query: request.query, vector: vector, filter: filter, diversity: request.diversity,
            stop: stop)
        let (ranked, plans) = try ranking.top(request.limit, grouped: request.groupsByDocument)
        meter.count(plans)
        try stop.check()
        let records = try records(of: ranked.map(\.hit.chunk), in: scope)
        guard records.count == ranked.count else { return nil }
        return ranked.compactMap { found in
            records[found.hit.chunk].map { SearchResult($0, score: found.hit.score, parts: found.parts) }
        }
    }

    /// Returns chunks by number, from the cache or the catalog; those that are no longer in the catalog are omitted.
    private func records(of numbers: [Int64], in scope: TenantScope) throws -> [Int64: ChunkRecord] {
        let cached = passages.records(numbers, in: scope)
        guard cached.count < numbers.count else { return cached }
        let read = try catalog.readChunks(numbers.filter { cached[$0] == nil }, in: scope)
        passages.keep(read.values, in: scope)
        return cached.merging(read) { cached, _ in cached }
    }

    private func embed(_ query: String, in scope: TenantScope) async throws -> [Float] {
        let caller = EmbeddingCaller(scope.tenant.rawValue, incarnation: scope.incarnation)
        return try await embedder.embed([query], purpose: .query, caller: caller).vectors
    }

    private static func check(_ request: SearchRequest) throws {
        try SearchRequest.check(query: request.query)
        guard (1...SearchRequest.maximumLimit).contains(request.limit) else {
            throw JSONFieldError(path: "limit", reason: "must be between 1 and \(SearchRequest.maximumLimit), got \(request.limit)")
        }
    }
}
