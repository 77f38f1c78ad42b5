/// A tenant's name, chosen by the operator: 1 to 63 of `a-z 0-9 - _`, the first a letter or a digit.
///
/// The alphabet is that of a file name and of a DNS label, so that a tenant's folder, log field and metric need no escaping.
public struct TenantID: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let rawValue: String

    /// `nil` where `text` breaks the alphabet or the length.
    public init?(_ text: String) {
        let bytes = text.utf8
        guard (1...63).contains(bytes.count), let first = bytes.first, Self.isAlphanumeric(first),
            bytes.allSatisfy({ Self.isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") })
        else { return nil }
        rawValue = text
    }

    /// What a user is told when `init` gives `nil`.
    public static let rule = "1 to 63 of a-z, 0-9, '-' and '_', starting with a letter or a digit"

    public var description: String { rawValue }

    public static func < (a: TenantID, b: TenantID) -> Bool { a.rawValue < b.rawValue }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
