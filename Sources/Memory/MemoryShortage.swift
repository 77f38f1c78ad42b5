/// A refusal to grant memory.
public struct MemoryShortage: Error, Hashable, Sendable {
    public enum Code: String, Sendable {
        /// The memory was not released in time: retry later.
        case exhausted
        /// The request exceeds what this owner could hold even if it were alone.
        case impossible
    }

    public let code: Code
    /// The number of requested bytes, in addition to those that the reservation holds.
    public let bytes: Int
    /// The maximum number of bytes that the owner can hold.
    public let most: Int

    package init(code: Code, bytes: Int, most: Int) { (self.code, self.bytes, self.most) = (code, bytes, most) }
}
