/// Memory that is not granted.
public struct MemoryShortage: Error, Hashable, Sendable {
    public enum Code: String, Sendable {
        /// It did not become free in time: retry later.
        case exhausted
        /// More than this owner could hold even if it were alone.
        case impossible
    }

    public let code: Code
    /// The bytes asked for, on top of those that the same reservation holds.
    public let bytes: Int
    /// The maximum number of bytes that the owner can hold.
    public let most: Int

    package init(code: Code, bytes: Int, most: Int) { (self.code, self.bytes, self.most) = (code, bytes, most) }
}
