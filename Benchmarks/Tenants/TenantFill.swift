@_spi(ScopeMinting) import Catalog
import Foundation
import Logging
import Retrieval
import Tenancy

/// The keys of the tenants that have documents.
struct TenantKeys: Encodable {
    var filled: [String] = []
    var large: [String] = []
}

/// Writes directly into the catalog, without embedding. Then opens each index once, which creates its files.
struct TenantFill {
    let plan: FillPlan
    let catalog: CatalogStore
    let model: String

    private static let dimension = 384
    private static let chunksPerDocument = 10
    /// Number of chunks per transaction.
    private static let batch = 1_000

    func run() async throws -> TenantKeys {
        let names = (0..<plan.registered).map { "t\($0)" }
        let tenants = names.compactMap(TenantID.init)
        try await catalog.createTenants(tenants)
        let indexes = IndexRegistry(
            catalog: catalog, directory: plan.directory, model: model, dimension: Self.dimension, memoryBudget: 64 << 20,
            logger: Logger(label: "bench-tenants") { _ in SwiftLogNoOpLogHandler() })
        var made = MadePassages(dimension: Self.dimension, seed: 5)
        var keys = TenantKeys()
        for (number, tenant) in tenants.prefix(plan.large + plan.filled).enumerated() {
            let isLarge = number < plan.large
            guard let scope = try await catalog.scope(of: tenant) else { continue }
            try await fill(scope, chunks: isLarge ? plan.largeChunks : plan.chunks, &made)
            _ = try await indexes.current(in: scope)
            let key = try await catalog.createKey(for: tenant, name: "benchmark", permissions: [.read]).text
            if isLarge { keys.large.append(key) } else { keys.filled.append(key) }
        }
        await indexes.stop()
        return keys
    }

    private func fill(_ scope: TenantScope, chunks: Int, _ made: inout MadePassages) async throws {
        made.beginTenant()
        for start in stride(from: 0, to: chunks, by: Self.batch) {
            let end = min(start + Self.batch, chunks)
            var versions: [DocumentVersion] = []
            for first in stride(from: start, to: end, by: Self.chunksPerDocument) {
                guard let id = DocumentID("d\(first)") else { continue }
                versions.append(made.document(id, chunks: min(Self.chunksPerDocument, end - first)))
            }
            _ = try await catalog.commit(versions, model: model, in: scope)
        }
    }
}
