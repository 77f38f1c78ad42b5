@_spi(ScopeMinting) import Catalog
import Citing
import Foundation
import JSON
import Tenancy
import TestSupport
import Testing

/// A catalog in its own folder, with two tenants.
struct CatalogFixture {
    let folder: URL
    let catalog: CatalogStore
    let a: TenantScope
    let b: TenantScope

    init() async throws {
        folder = try TestPaths.scratch("catalog")
        catalog = try CatalogStore(file: folder.appending(path: "catalog.sqlite"))
        a = try await Self.create("a", catalog)
        b = try await Self.create("b", catalog)
    }

    /// Creates a tenant and returns its scope.
    static func create(_ name: String, _ catalog: CatalogStore) async throws -> TenantScope {
        try await catalog.createTenant(.test(name), name: name)
        return try #require(try await catalog.scope(of: .test(name)))
    }

    func reopened() throws -> CatalogStore { try CatalogStore(file: folder.appending(path: "catalog.sqlite")) }
}

/// A version of `chunks` chunks whose vectors are identified by `mark`.
func version(
    _ id: String, text: String = "one two", chunks: Int = 2, mark: Float = 1, title: String? = nil, metadata: JSONObject = [:],
    reused: Int = 0
) -> DocumentVersion {
    DocumentVersion(
        id: .test(id), title: title, url: nil, metadata: metadata, mediaType: "text/plain", text: text,
        chunks: (0..<chunks).map { place in
            NewChunk(
                Chunk(span: 0..<text.utf8.count, headings: ["H", "\(place)"], text: text, tokenCount: 2),
                hash: [UInt8(place), UInt8(Int(mark) & 255)], vector: [mark, Float(place), 0.5, -1], isReused: place < reused)
        })
}

extension CatalogStore {
    /// The first changes that an empty index gets.
    func allChanges(limit: Int, model: String, in scope: TenantScope) throws -> ChangeBatch {
        try #require(try changes(after: .start, limit: limit, model: model, in: scope))
    }
}
