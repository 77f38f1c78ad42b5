/// A tenant's id, chosen by the operator: 1 to 63 characters of `a-z 0-9 - _`, starting with a letter or a digit.
///
/// The alphabet suits file names, log fields and metric labels, so that a tenant's id needs no escaping in them.
public struct TenantID: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let rawValue: String

    /// Returns `nil` if `text` has other characters or an invalid length.
    public init?(_ text: String) {
        let bytes = text.utf8
        guard (1...63).contains(bytes.count), let first = bytes.first, KeyID.isAlphanumeric(first),
            bytes.allSatisfy({ KeyID.isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") })
        else { return nil }
        rawValue = text
    }

    /// The rule, for error messages when `init` returns `nil`.
    public static let rule = "1 to 63 of a-z, 0-9, '-' and '_', starting with a letter or a digit"

    public var description: String { rawValue }

    public static func < (a: TenantID, b: TenantID) -> Bool { a.rawValue < b.rawValue }
}
