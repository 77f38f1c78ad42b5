/// What one document may cost. Past a limit extraction throws; it never cuts text off silently.
public struct ExtractLimits: Sendable, Hashable {
    /// Bytes of the uploaded file.
    public var maxBytes: Int
    /// UTF-8 bytes of the extracted text: a file in another encoding grows up to threefold.
    public var maxTextBytes: Int
    public var maxBlocks: Int
    /// Open block elements of an HTML document; inline elements do not count.
    public var maxDepth: Int

    public init(
        maxBytes: Int = 32 << 20, maxTextBytes: Int = 32 << 20, maxBlocks: Int = 2_000_000, maxDepth: Int = 512
    ) {
        (self.maxBytes, self.maxTextBytes) = (maxBytes, maxTextBytes)
        (self.maxBlocks, self.maxDepth) = (maxBlocks, maxDepth)
    }
}
