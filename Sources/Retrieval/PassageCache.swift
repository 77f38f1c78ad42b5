internal import Caching
package import Catalog
import Citing
import Synchronization
package import Tenancy

/// A cache of the passages that searches found last, with their documents' records, so that a search need not read them from the catalog.
///
/// A passage never changes under its number: a document that is replaced gets new ones. So an entry is valid as long as an index that is up
/// to date contains its number, and only such numbers are looked up. The key has the tenant's incarnation: an entry serves no other tenant,
/// nor a later one of the same name.
package final class PassageCache: Sendable {
    private struct Key: Hashable {
        let number: Int64
        let scope: TenantScope
    }

    private let passages: Mutex<LRUCache<Key, ChunkRecord>>

    /// Estimated memory of an entry beside its text and its metadata, in bytes: tables, links, headers of strings and arrays.
    private static let entryOverhead = 512
    /// Memory of parsed metadata for each byte of JSON: an upper estimate.
    private static let metadataFactor = 16

    /// - Parameter capacity: maximum estimated size, in bytes; 0 disables the cache.
    package init(capacity: Int) { passages = Mutex(LRUCache(capacity: capacity)) }

    /// Estimated size of all entries, in bytes.
    package var bytes: Int { passages.withLock { $0.bytes } }

    /// Returns the cached ones of a tenant's passages, by number.
    package func records(_ numbers: [Int64], in scope: TenantScope) -> [Int64: ChunkRecord] {
        var found: [Int64: ChunkRecord] = Dictionary(minimumCapacity: numbers.count)
        passages.withLock { passages in
            guard passages.count > 0 else { return }
            for number in numbers { found[number] = passages.value(for: Key(number: number, scope: scope)) }
        }
        return found
    }

    package func keep(_ records: some Sequence<ChunkRecord>, in scope: TenantScope) {
        passages.withLock { passages in
            guard passages.capacity > 0 else { return }
            for record in records {
                passages.insert(record, for: Key(number: record.number, scope: scope), cost: Self.cost(record))
            }
        }
    }

    private static func cost(_ record: ChunkRecord) -> Int {
        let (chunk, document) = (record.chunk, record.document)
        let texts = [chunk.text, document.title ?? "", document.url ?? "", document.id.rawValue, document.mediaType] + chunk.headings
        let parts = chunk.parts.reduce(0) { $0 + MemoryLayout<PassagePart>.stride + ($1.label?.utf8.count ?? 0) }
        return entryOverhead + parts + texts.reduce(0) { $0 + $1.utf8.count } + metadataFactor * document.metadataBytes
    }
}
