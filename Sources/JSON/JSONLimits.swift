/// What the parser refuses beyond bad grammar. The size of the input is the caller's to limit.
///
/// Parsed values take more memory than the text they came from: `[0],` is 4 bytes and takes 96. The number of values and the memory
/// that they take are therefore bounded too.
public struct JSONLimits: Hashable, Sendable {
    /// Maximum number of arrays and objects inside each other, `1...depthCeiling`.
    public var maximumDepth: Int { didSet { maximumDepth = Self.depth(maximumDepth) } }
    /// Maximum length of one number as written, in bytes. The longest that any double needs is 767 digits and an exponent.
    public var maximumNumberLength: Int
    /// Maximum number of values in the document: scalars, arrays and objects alike.
    public var maximumValues: Int
    /// Maximum number of members of one object.
    public var maximumMembers: Int
    /// Maximum length of a key, in UTF-8 bytes.
    public var maximumKeyBytes: Int
    /// Maximum memory that the values may take, in bytes, as `JSONValue.estimatedBytes` counts it.
    public var maximumMemory: Int

    /// The parser recurses once per level; at this depth it needs well under 200 KiB of stack.
    public static let depthCeiling = 512

    /// - Parameter maximumDepth: is brought into `1...depthCeiling`.
    public init(
        maximumDepth: Int = 64, maximumNumberLength: Int = 1100, maximumValues: Int = 1_500_000, maximumMembers: Int = 65_536,
        maximumKeyBytes: Int = 16 << 10, maximumMemory: Int = 96 << 20
    ) {
        self.maximumDepth = Self.depth(maximumDepth)
        self.maximumNumberLength = max(maximumNumberLength, 1)
        self.maximumValues = max(maximumValues, 1)
        self.maximumMembers = max(maximumMembers, 0)
        self.maximumKeyBytes = max(maximumKeyBytes, 0)
        self.maximumMemory = max(maximumMemory, 0)
    }

    /// For what clients and providers send.
    public static let `default` = JSONLimits()

    /// For files of the operator's and for what was checked before it was stored: nothing but the depth is bounded.
    public static let trusted = JSONLimits(
        maximumDepth: depthCeiling, maximumValues: .max, maximumMembers: .max, maximumKeyBytes: .max, maximumMemory: .max)

    private static func depth(_ depth: Int) -> Int { min(max(depth, 1), depthCeiling) }
}
