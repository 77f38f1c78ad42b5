package import Catalog
package import Index

/// The documents that pass the filters asked last, of one tenant. Which they are is read out of all documents' metadata,
/// and it takes long enough to be worth keeping: people page through an answer, and programs ask with the same filter again.
///
/// A plain value, guarded by its owner. What it gives is right for as long as the documents have not changed since: it is
/// kept under the position of the tenant's documents, read before they were.
package struct FilterCache {
    private struct Entry {
        let filter: MetadataFilter
        let position: IndexPosition
        let documents: DocumentFilter
    }

    /// Filters kept at most.
    package static let capacity = 8
    /// Documents in all of them at most; a filter that more pass is not kept.
    package static let maximumDocuments = 200_000

    /// The one used last stands last.
    private var entries: [Entry] = []

    package init() {}

    private var documentCount: Int { entries.reduce(0) { $0 + $1.documents.documents.count } }

    /// Memory in bytes, about: a set's bucket takes twelve, and there is a bit a row and filter.
    package func bytes(rows: Int) -> Int { documentCount * 12 + entries.count * (rows / 8 + 256) }

    package mutating func documents(matching filter: MetadataFilter, at position: IndexPosition) -> DocumentFilter? {
        guard let place = entries.firstIndex(where: { $0.position == position && $0.filter == filter }) else { return nil }
        let entry = entries.remove(at: place)
        entries.append(entry)
        return entry.documents
    }

    package mutating func keep(_ documents: DocumentFilter, matching filter: MetadataFilter, at position: IndexPosition) {
        // What is of another position will not be asked for again.
        entries.removeAll { $0.position != position || $0.filter == filter }
        guard documents.documents.count <= Self.maximumDocuments else { return }
        entries.append(Entry(filter: filter, position: position, documents: documents))
        while entries.count > Self.capacity || documentCount > Self.maximumDocuments { entries.removeFirst() }
    }

    package mutating func removeAll() { entries.removeAll() }
}
