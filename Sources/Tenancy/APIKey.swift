/// An API key in full: `ctx_<key id>_<secret>`. The id is public and identifies the row; the secret is stored hashed.
public struct APIKey: Sendable {
    public let id: KeyID
    public let secret: String

    /// 32 characters from an alphabet of 36, about 165 bits: a single SHA-256 is enough to store the secret safely.
    public static let secretLength = 32
    private static let prefix = "ctx_"

    /// Parses a bearer token. Returns `nil` if the text does not have the form of a key; does not check whether the key is valid.
    public init?(_ text: String) {
        guard text.utf8.count <= 128, text.hasPrefix(Self.prefix) else { return nil }
        let parts = text.dropFirst(Self.prefix.count).split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count == 2, let id = KeyID(String(parts[0])), parts[1].utf8.count == Self.secretLength,
            parts[1].utf8.allSatisfy(KeyID.isAlphanumeric)
        else { return nil }
        self.id = id
        self.secret = String(parts[1])
    }

    /// Returns a new key from the system's random number generator.
    public static func random() -> APIKey {
        var generator = SystemRandomNumberGenerator()
        return APIKey(
            id: KeyID(trusted: randomText(length: KeyID.length, using: &generator)),
            secret: randomText(length: secretLength, using: &generator))
    }

    private init(id: KeyID, secret: String) { (self.id, self.secret) = (id, secret) }

    /// The complete key. It is shown once, at creation, and never logged.
    public var text: String { "\(Self.prefix)\(id)_\(secret)" }
}

/// The public part of a key: 12 characters of `a-z 0-9`, unique over all tenants.
public struct KeyID: Hashable, Sendable, CustomStringConvertible {
    public let rawValue: String
    public static let length = 12

    public init?(_ text: String) {
        guard text.utf8.count == Self.length, text.utf8.allSatisfy(Self.isAlphanumeric) else { return nil }
        rawValue = text
    }

    init(trusted text: String) { rawValue = text }

    public var description: String { rawValue }

    /// Whether the byte is one of `a-z 0-9`.
    static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
