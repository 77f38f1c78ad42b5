public import Catalog
public import Citing
public import Tenancy

/// A builder of context from search results: numbered sources whose text equals that of the stored documents, byte for byte.
public struct ContextAssembler: Sendable {
    private let retriever: Retriever
    private let catalog: CatalogStore

    public init(retriever: Retriever, catalog: CatalogStore) { (self.retriever, self.catalog) = (retriever, catalog) }

    /// Searches and returns sources, best first, numbered from 1.
    ///
    /// - Throws: as `Retriever.search`.
    public func sources(_ request: ContextRequest, in scope: TenantScope) async throws -> [CitedSource] {
        let results = try await retriever.search(request.search, in: scope)
        let plan = PassagePlan(results, maximumTokens: request.maximumTokens)
        let bytes = try await catalog.bytes(at: plan.passages.map { ($0.document.id, $0.span) }, in: scope)
        var sources: [CitedSource] = []
        for (passage, bytes) in zip(plan.passages, bytes) {
            guard let bytes, passage.matches(bytes), let text = String(validating: bytes, as: UTF8.self) else { continue }
            sources.append(passage.source(text, number: sources.count + 1))
        }
        return sources
    }

    /// Returns the sources whose text still matches the stored documents. Sources whose document was changed or deleted are dropped.
    public func verified(_ sources: [CitedSource], in scope: TenantScope) async throws -> [CitedSource] {
        let named = sources.compactMap { source in DocumentID(source.document).map { (source, $0) } }
        let bytes = try await catalog.bytes(at: named.map { ($0.1, $0.0.span) }, in: scope)
        return zip(named, bytes).compactMap { pair, bytes in
            guard let bytes, pair.0.text.utf8.elementsEqual(bytes) else { return nil }
            return pair.0
        }
    }
}
