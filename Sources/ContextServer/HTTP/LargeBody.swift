package import HTTPTypes
import NIOHTTP1

extension HTTPFields {
    /// Maximum size of a body that is read together with its head and parsed on an event loop, in bytes: parsing takes about a millisecond.
    package static let smallBody = 16 << 10

    /// Whether the body is, or may be, larger than `smallBody`.
    package var mayBringLargeBody: Bool { isLarge(chunked: self[.transferEncoding] != nil, length: self[.contentLength]) }
}

extension HTTPRequestHead {
    /// Whether the body is, or may be, larger than `HTTPFields.smallBody`.
    var mayBringLargeBody: Bool {
        isLarge(chunked: headers.contains(name: "transfer-encoding"), length: headers.first(name: "content-length"))
    }
}

private func isLarge(chunked: Bool, length: String?) -> Bool {
    chunked || length.map { (Int($0) ?? .max) > HTTPFields.smallBody } ?? false
}
