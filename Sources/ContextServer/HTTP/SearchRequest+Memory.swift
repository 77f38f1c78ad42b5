import Retrieval

extension SearchRequest {
    /// The maximum memory of the search's results, in bytes: as they are read, as values, and written.
    var resultMemory: Int { limit * 3 * (MetadataLimits().bytes + Self.resultBytes) }

    /// Memory of a passage with its title, URL and headings, in bytes.
    private static let resultBytes = 16 << 10
}
