/// The limits on one document. Extraction throws if a limit is exceeded; it never truncates text silently.
public struct ExtractLimits: Sendable, Hashable {
    /// Maximum size of the uploaded file, in bytes.
    public var maxBytes: Int
    /// Maximum size of the extracted text, in UTF-8 bytes. A file in another encoding grows up to threefold.
    public var maxTextBytes: Int
    public var maxBlocks: Int
    /// Maximum nesting depth of block elements in an HTML document; inline elements do not count.
    public var maxDepth: Int
    /// Maximum number of files inside one another, such as a message attached to an attached message.
    public var maxNesting: Int
    /// Maximum size of all that is unpacked from an archive, in bytes.
    public var maxUnpackedBytes: Int
    /// Maximum number of pages, sheets or slides.
    public var maxParts: Int

    public init(
        maxBytes: Int = 32 << 20, maxTextBytes: Int = 32 << 20, maxBlocks: Int = 2_000_000, maxDepth: Int = 512, maxNesting: Int = 3,
        maxUnpackedBytes: Int = 512 << 20, maxParts: Int = 20_000
    ) {
        (self.maxBytes, self.maxTextBytes) = (maxBytes, maxTextBytes)
        (self.maxBlocks, self.maxDepth) = (maxBlocks, maxDepth)
        (self.maxNesting, self.maxUnpackedBytes, self.maxParts) = (maxNesting, maxUnpackedBytes, maxParts)
    }
}
