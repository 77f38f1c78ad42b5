/// A string that is compared, ordered and hashed by its UTF-8 bytes.
///
/// `String` compares and hashes by canonical equivalence: `é` in one scalar equals `e` with an accent, strings with different bytes
/// share a hash, and a run of combining marks takes time that grows with the square of its length. Keys and identifiers that a client
/// chooses are therefore compared by this type.
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
