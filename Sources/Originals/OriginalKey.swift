/// The address of an original: the bytes of an uploaded file, within what belongs to one owner.
///
/// Two owners that upload equal bytes have two originals.
public struct OriginalKey: Hashable, Sendable {
    /// The owner, opaque to the store: 1 to 64 lower-case letters and digits.
    public let owner: String
    /// SHA-256 of the bytes: 64 lower-case hexadecimal digits.
    public let digest: String

    /// Returns `nil` if `owner` or `digest` has another form.
    public init?(owner: String, digest: String) {
        guard Self.isName(owner), digest.utf8.count == 64, digest.utf8.allSatisfy(Self.isHexadecimal) else { return nil }
        (self.owner, self.digest) = (owner, digest)
    }

    /// Returns whether `text` can name an owner.
    static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) }
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte) }
}
