/// The limits on one document. Extraction throws if a limit is exceeded; it never truncates text silently.
public struct ExtractLimits: Sendable, Hashable {
    /// Maximum size of the uploaded file, in bytes.
    public var maxBytes: Int
    /// Maximum size of the extracted text, in UTF-8 bytes. A file in another encoding grows up to threefold.
    public var maxTextBytes: Int
    public var maxBlocks: Int
    /// Maximum nesting depth of block elements in an HTML document; inline elements do not count.
    public var maxDepth: Int

    public init(
        maxBytes: Int = 32 << 20, maxTextBytes: Int = 32 << 20, maxBlocks: Int = 2_000_000, maxDepth: Int = 512
    ) {
        (self.maxBytes, self.maxTextBytes) = (maxBytes, maxTextBytes)
        (self.maxBlocks, self.maxDepth) = (maxBlocks, maxDepth)
    }
}
