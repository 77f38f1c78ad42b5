/// The owner of memory. The budget compares owners and knows nothing else about them.
public enum MemoryOwner: Hashable, Sendable {
    /// A client that has not presented a valid key.
    case unknown
    /// A tenant, by its id.
    case tenant(String)
    /// All connections together, for response bytes that the operating system has not accepted yet.
    case connections
}
