/// A key as its holder carries it: `ctx_<key id>_<secret>`. The id is public and finds the row; the secret is stored hashed.
public struct APIKey: Sendable {
    public let id: KeyID
    public let secret: String

    /// 32 characters of 36: 165 bits, so that one pass of SHA-256 is enough to store it safely.
    public static let secretLength = 32
    private static let prefix = "ctx_"

    /// Parses a bearer token. `nil` for anything that is not shaped like a key; says nothing about whether it is valid.
    public init?(_ text: String) {
        guard text.utf8.count <= 128, text.hasPrefix(Self.prefix) else { return nil }
        let parts = text.dropFirst(Self.prefix.count).split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count == 2, let id = KeyID(String(parts[0])), parts[1].utf8.count == Self.secretLength,
            parts[1].utf8.allSatisfy(KeyID.isAlphanumeric)
        else { return nil }
        self.id = id
        self.secret = String(parts[1])
    }

    /// A new key, from the system's generator.
    public static func random() -> APIKey {
        var generator = SystemRandomNumberGenerator()
        return APIKey(
            id: KeyID(trusted: randomText(length: KeyID.length, using: &generator)),
            secret: randomText(length: secretLength, using: &generator))
    }

    private init(id: KeyID, secret: String) { (self.id, self.secret) = (id, secret) }

    /// The whole key. Shown once, at creation; never logged.
    public var text: String { "\(Self.prefix)\(id)_\(secret)" }
}

/// The public half of a key: 12 of `a-z 0-9`, unique over all tenants.
public struct KeyID: Hashable, Sendable, CustomStringConvertible {
    public let rawValue: String
    public static let length = 12

    public init?(_ text: String) {
        guard text.utf8.count == Self.length, text.utf8.allSatisfy(Self.isAlphanumeric) else { return nil }
        rawValue = text
    }

    init(trusted text: String) { rawValue = text }

    public var description: String { rawValue }

    static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
