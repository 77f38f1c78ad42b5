import BenchSupport
@_spi(ScopeMinting) import Catalog
import Foundation
import Index

/// The chunks of all tenants of a data directory, with their vectors.
struct Chunks {
    private(set) var all: [ChangedChunk] = []

    init(dataDirectory: URL) async throws {
        let catalog = try CatalogStore(file: DataDirectory(dataDirectory).catalog)
        guard let model = try await catalog.modelsInUse().first else { return }
        for tenant in try await catalog.tenants() {
            guard let scope = try await catalog.scope(of: tenant.id) else { continue }
            var position = CatalogPosition.start
            while let batch = try catalog.changes(after: position, limit: 512, model: model, in: scope) {
                all += batch.chunks
                position = batch.position
                if !batch.hasMore { break }
            }
        }
    }

    /// Returns `count` chunks: these, followed by copies whose last sentence is replaced by one of another chunk and whose vectors have
    /// noise added, so that no two chunks are equal.
    func grown(to count: Int, _ rng: inout SeededGenerator) -> [IndexEntry] {
        (0..<count).map { number in
            let chunk = all[number % all.count]
            let isCopy = number >= all.count
            return IndexEntry(
                chunk: Int64(number), document: Int64(number / 2), text: isCopy ? varied(chunk.text, &rng) : chunk.text,
                title: chunk.title ?? "", vector: isCopy ? Self.noisy(chunk.vector, &rng) : chunk.vector)
        }
    }

    private func varied(_ text: String, _ rng: inout SeededGenerator) -> String {
        let sentences = text.components(separatedBy: ". ").shuffled(using: &rng)
        let other = all.randomElement(using: &rng)?.text.components(separatedBy: ". ").first
        return (sentences.dropLast() + [other].compactMap(\.self)).joined(separator: ". ")
    }

    private static func noisy(_ vector: [Float], _ rng: inout SeededGenerator) -> [Float] {
        let noisy = vector.map { $0 + Float.random(in: -0.03...0.03, using: &rng) }
        let norm = noisy.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return noisy.map { $0 / norm }
    }
}
