/// The limits of the parser. The caller limits the size of the input.
///
/// Parsed values take more memory than the text they came from: `[0],` is 4 bytes and takes 96. The number of values and the memory
/// that they take are therefore bounded too.
public struct JSONLimits: Hashable, Sendable {
    /// Maximum nesting depth of arrays and objects, `1...depthCeiling`.
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

    /// Maximum value of `maximumDepth`. The parser recurses once per level; at this depth it needs well under 200 KiB of stack.
    public static let depthCeiling = 512

    /// - Parameter maximumDepth: is clamped to `1...depthCeiling`.
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

    /// The limits for input from clients and providers.
    public static let `default` = JSONLimits()

    /// The limits for the operator's files and for data that were checked before storage: only depth and number length are limited.
    public static let trusted = JSONLimits(
        maximumDepth: depthCeiling, maximumValues: .max, maximumMembers: .max, maximumKeyBytes: .max, maximumMemory: .max)

    private static func depth(_ depth: Int) -> Int { min(max(depth, 1), depthCeiling) }
}
