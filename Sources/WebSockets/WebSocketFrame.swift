package import NIOCore

/// A frame with its payload unmasked.
///
/// - Source: RFC 6455, section 5.2.
package struct WebSocketFrame: Hashable, Sendable {
    package enum Opcode: UInt8, Sendable {
        case continuation = 0x0, text = 0x1, binary = 0x2, close = 0x8, ping = 0x9, pong = 0xA

        package var isControl: Bool { rawValue >= 0x8 }
    }

    package var isLast: Bool
    package var opcode: Opcode
    package var payload: ByteBuffer

    package init(_ opcode: Opcode, _ payload: ByteBuffer, isLast: Bool = true) {
        (self.opcode, self.payload, self.isLast) = (opcode, payload, isLast)
    }

    /// The frame's bytes as a server sends them, without a mask.
    package var bytes: ByteBuffer {
        let length = payload.readableBytes
        var bytes = ByteBuffer()
        bytes.reserveCapacity(length + 10)
        bytes.writeInteger((isLast ? 0x80 : 0) | opcode.rawValue)
        switch length {
        case ..<126: bytes.writeInteger(UInt8(length))
        case ..<65_536:
            bytes.writeInteger(UInt8(126))
            bytes.writeInteger(UInt16(length))
        default:
            bytes.writeInteger(UInt8(127))
            bytes.writeInteger(UInt64(length))
        }
        bytes.writeImmutableBuffer(payload)
        return bytes
    }
}

/// The reason for closing a connection: the code and the text that the other side receives.
package struct WebSocketClosing: Error, Hashable, Sendable {
    package let code: UInt16
    /// Text of at most 123 bytes.
    package let reason: String

    package init(_ code: UInt16, _ reason: String) { (self.code, self.reason) = (code, reason) }

    /// Codes are those of RFC 6455, section 7.4.1, and from 4000 on private ones.
    package static let done = WebSocketClosing(1000, "")
    package static let stopping = WebSocketClosing(1001, "the server is stopping")
    package static let idle = WebSocketClosing(1001, "idle timeout")
    package static func violation(_ reason: String) -> WebSocketClosing { WebSocketClosing(1002, reason) }
    package static let notText = WebSocketClosing(1003, "messages must be text")
    package static let notUTF8 = WebSocketClosing(1007, "text must be valid UTF-8")
    package static let firstTooLarge = WebSocketClosing(1008, "the first message is too large")
    package static let tooLarge = WebSocketClosing(1009, "the message is too large")
    package static let slow = WebSocketClosing(1008, "the message did not arrive in time")
    package static let overloaded = WebSocketClosing(1013, "the memory for clients is exhausted; try again in a moment")
    package static let failed = WebSocketClosing(1011, "internal error")
    package static let unauthenticated = WebSocketClosing(4401, "the first message must be {\"key\": \"ctx_…\"} with a valid key, in time")
    package static let revoked = WebSocketClosing(4401, "the key is no longer valid")
    package static let tooManyFailures = WebSocketClosing(4429, "too many invalid keys from this address; wait, or use a valid key")
    package static let forbidden = WebSocketClosing(4403, "the key lacks the scope \"read\"")

    package var frame: WebSocketFrame {
        var payload = ByteBuffer()
        payload.writeInteger(code)
        payload.writeString(reason)
        return WebSocketFrame(.close, payload)
    }
}
