/// The identity of one stored version of a document. Two versions of a tenant's documents never have the same.
///
/// It consists of lower-case letters, digits and `_`.
public struct VersionTag: Hashable, Sendable {
    public let rawValue: String

    init(rawValue: String) { self.rawValue = rawValue }

    /// - Parameters:
    ///   - sequence: the sequence number of the change that stored the version.
    ///   - updatedAt: the time of that change. It makes the tags differ if sequence numbers repeat: after an older backup was restored, or
    ///     a tenant's id was used again.
    init(sequence: Int64, updatedAt: Timestamp) {
        rawValue = "\(String(sequence, radix: 36))_\(String(updatedAt.milliseconds, radix: 36))"
    }
}
