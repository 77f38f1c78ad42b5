/// Whose memory it is. The budget compares owners and knows nothing else about them.
public enum MemoryOwner: Hashable, Sendable {
    /// A client that has shown no valid key yet.
    case unknown
    /// A tenant, by its id.
    case tenant(String)
    /// Bytes of responses that the operating system has not taken yet, of all connections.
    case connections
}
