/// The page sizes of MCP's `resources/list`.
///
/// Many clients read the first page only and make a tool of each resource on it, or read all of their texts. So that page is short and
/// holds the documents that were written last. Clients find the others by search and by the resource template.
public struct ResourceListing: Sendable {
    /// Number of documents on the first page; may be 0.
    public var firstPage = 10
    /// Number of documents on each further page.
    public var page = 50

    public init() {}
}
