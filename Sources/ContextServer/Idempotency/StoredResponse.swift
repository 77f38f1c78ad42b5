package import HTTPTypes
import Hummingbird
package import NIOCore

/// The first response to a request with an `Idempotency-Key`.
package struct StoredResponse: Sendable {
    package let fingerprint: [UInt8]
    private let status: HTTPResponse.Status
    private let headers: HTTPFields
    private let body: ByteBuffer

    package init(fingerprint: [UInt8], status: HTTPResponse.Status, headers: HTTPFields, body: ByteBuffer) {
        (self.fingerprint, self.status, self.headers, self.body) = (fingerprint, status, headers, body)
    }

    /// Estimated memory, in bytes.
    var bytes: Int { 1024 + body.readableBytes + headers.reduce(0) { $0 + $1.name.rawName.utf8.count + $1.value.utf8.count + 64 } }

    var replayed: Response {
        var headers = headers
        headers[.idempotentReplayed] = "true"
        return Response(status: status, headers: headers, body: ResponseBody(bytes: body.readableBytesView))
    }
}
