package import HTTPTypes

extension HTTPFields {
    /// Maximum size of a body that is parsed on an event loop, in bytes: parsing takes about a millisecond.
    package static let smallBody = 16 << 10

    /// Whether the body is, or may be, larger than `smallBody`.
    package var mayBringLargeBody: Bool {
        guard self[.transferEncoding] == nil else { return true }
        return self[.contentLength].map { (Int($0) ?? .max) > Self.smallBody } ?? false
    }
}
