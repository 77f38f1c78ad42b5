/// A string that is compared, ordered and hashed by its UTF-8 bytes.
///
/// `String` compares and hashes by canonical equivalence: `é` as one scalar equals `e` with a combining accent, strings with different
/// bytes share a hash, and the time for a run of combining marks is quadratic in its length. Keys and identifiers that a client chooses are
/// therefore compared by this type.
public struct ByteKey: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let text: String

    public init(_ text: some StringProtocol) { self.text = String(text) }

    public var description: String { text }

    public static func == (a: ByteKey, b: ByteKey) -> Bool { a.text.hasSameBytes(as: b.text) }

    public static func < (a: ByteKey, b: ByteKey) -> Bool { a.text.precedesByBytes(b.text) }

    public func hash(into hasher: inout Hasher) { text.hashBytes(into: &hasher) }
}

extension ByteKey: ExpressibleByStringLiteral {
    public init(stringLiteral value: String) { self.init(value) }
}
