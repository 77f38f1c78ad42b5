package import Catalog
package import Index

/// A cache of the documents that pass the most recent filters of one tenant. Evaluating a filter reads the metadata of all documents, and
/// clients repeat filters, for example to page through results.
///
/// A plain value, guarded by its owner. An entry is valid until documents change: its key includes the position of the tenant's documents,
/// read before the documents themselves.
package struct FilterCache {
    private struct Entry {
        let filter: MetadataFilter
        let position: IndexPosition
        let documents: DocumentFilter
    }

    /// Maximum number of cached filters.
    package static let capacity = 8
    /// Maximum number of documents in all entries together; a filter that more documents pass is not cached.
    package static let maximumDocuments = 200_000

    /// Entries, the most recently used last.
    private var entries: [Entry] = []

    package init() {}

    private var documentCount: Int { entries.reduce(0) { $0 + $1.documents.documents.count } }

    /// Returns the approximate memory use in bytes: twelve per document (a set's bucket), and one bit per row and filter.
    package func bytes(rows: Int) -> Int {
        documentCount * 12 + entries.reduce(0) { $0 + rows / 8 + 256 + $1.documents.bytesListed }
    }

    package mutating func documents(matching filter: MetadataFilter, at position: IndexPosition) -> DocumentFilter? {
        guard let place = entries.firstIndex(where: { $0.position == position && $0.filter == filter }) else { return nil }
        let entry = entries.remove(at: place)
        entries.append(entry)
        return entry.documents
    }

    package mutating func keep(_ documents: DocumentFilter, matching filter: MetadataFilter, at position: IndexPosition) {
        // Entries of another position are never requested again.
        entries.removeAll { $0.position != position || $0.filter == filter }
        guard documents.documents.count <= Self.maximumDocuments else { return }
        entries.append(Entry(filter: filter, position: position, documents: documents))
        while entries.count > Self.capacity || documentCount > Self.maximumDocuments { entries.removeFirst() }
    }

    package mutating func removeAll() { entries.removeAll() }
}
