import Crypto
import Failure
import Foundation
package import HTTPTypes

/// The validated request of an opening handshake.
///
/// - Source: RFC 6455, section 4.2.
package struct WebSocketHandshake: Sendable {
    /// Value of `Sec-WebSocket-Accept`.
    package let accept: String

    /// - Throws: `Problem` 426 if the request is not a handshake of version 13, 400 if it is a malformed one.
    package init(method: HTTPRequest.Method, headers: HTTPFields) throws {
        guard method == .get, Self.tokens(headers[values: .upgrade]).contains("websocket"),
            Self.tokens(headers[values: .connection]).contains("upgrade")
        else {
            throw Problem(
                status: .upgradeRequired, code: "upgrade_required", detail: "this route requires a WebSocket upgrade",
                headers: [.upgrade: "websocket", .connection: "upgrade"])
        }
        guard headers[values: .secWebSocketVersion] == ["13"] else {
            throw Problem(
                status: .upgradeRequired, code: "upgrade_required", detail: "Sec-WebSocket-Version must be 13",
                headers: [.upgrade: "websocket", .connection: "upgrade", .secWebSocketVersion: "13"])
        }
        let keys = headers[values: .secWebSocketKey]
        guard keys.count == 1, let key = keys.first, Data(base64Encoded: key)?.count == 16 else {
            throw Failure.invalid("Sec-WebSocket-Key must be 16 bytes in base64")
        }
        guard headers[.transferEncoding] == nil, (headers[.contentLength] ?? "0") == "0" else {
            throw Failure.invalid("a WebSocket handshake must not have a body")
        }
        let digest = Insecure.SHA1.hash(data: Data((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8))
        accept = Data(digest).base64EncodedString()
    }

    var responseHeaders: HTTPFields { [.upgrade: "websocket", .connection: "upgrade", .secWebSocketAccept: accept] }

    private static func tokens(_ values: [String]) -> [String] {
        values.flatMap { $0.split(separator: ",") }.map { $0.trimmingCharacters(in: .whitespaces).lowercased() }
    }
}
