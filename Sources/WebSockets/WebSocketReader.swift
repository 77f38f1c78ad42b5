package import NIOCore

/// An incremental parser of a client's bytes. It is a plain value without a connection.
///
/// The limits bound its memory: a length that is too large is refused when the frame announces it, and very little is accepted before the
/// first message is complete.
///
/// - Source: RFC 6455, sections 5 and 7.4; extensions are not offered, so that the reserved bits must be 0.
package struct WebSocketReader {
    package enum Event: Hashable, Sendable {
        /// A complete message of valid UTF-8.
        case text(ByteBuffer)
        case ping(ByteBuffer)
        case pong
        /// The client closes the connection; the value is the reply.
        case close(WebSocketClosing)
    }

    private let limits: WebSocketLimits
    private var bytes = ByteBuffer()
    /// The incomplete message.
    private var message: ByteBuffer?
    private var parts = 0
    private var isFirst = true

    package init(_ limits: WebSocketLimits) { self.limits = limits }

    /// Number of bytes of messages that are not complete.
    package var unfinishedBytes: Int { bytes.readableBytes + (message?.readableBytes ?? 0) }

    package mutating func append(_ more: ByteBuffer) {
        if bytes.readableBytes == 0 { bytes = more } else { bytes.writeImmutableBuffer(more) }
    }

    /// - Returns: `nil` until more bytes come.
    /// - Throws: the reason for closing the connection; the reader must not be used after that.
    package mutating func next() throws(WebSocketClosing) -> Event? {
        while let frame = try frame() {
            if let event = try take(frame) { return event }
        }
        // Consumed bytes are discarded once for all frames: moving the rest after each of many small frames would take longer than parsing.
        if bytes.readableBytes == 0 { bytes = ByteBuffer() } else { bytes.discardReadBytes() }
        return nil
    }

    // MARK: Frames

    /// The header of a frame.
    private struct Head {
        let opcode: WebSocketFrame.Opcode
        let isLast: Bool
        let mask: UInt32
        let payloadBytes: Int
        let ownBytes: Int
    }

    private mutating func frame() throws(WebSocketClosing) -> WebSocketFrame? {
        guard let head = try head(), bytes.readableBytes >= head.ownBytes + head.payloadBytes else { return nil }
        bytes.moveReaderIndex(forwardBy: head.ownBytes)
        guard var payload = bytes.readSlice(length: head.payloadBytes) else { return nil }
        payload.unmask(head.mask)
        return WebSocketFrame(head.opcode, payload, isLast: head.isLast)
    }

    /// - Returns: `nil` until the header has arrived in full.
    private func head() throws(WebSocketClosing) -> Head? {
        let start = bytes.readerIndex
        guard let first = bytes.getInteger(at: start, as: UInt8.self), let second = bytes.getInteger(at: start + 1, as: UInt8.self) else {
            return nil
        }
        guard first & 0x70 == 0 else { throw .violation("a reserved bit is set") }
        guard let opcode = WebSocketFrame.Opcode(rawValue: first & 0x0F) else { throw .violation("unknown opcode") }
        guard second & 0x80 != 0 else { throw .violation("client frames must be masked") }
        let isLast = first & 0x80 != 0
        let short = Int(second & 0x7F)
        guard !opcode.isControl || (isLast && short <= 125) else { throw .violation("a control frame is fragmented or over 125 bytes") }
        let lengthBytes = short == 126 ? 2 : short == 127 ? 8 : 0
        let length: Int?
        switch lengthBytes {
        case 2: length = bytes.getInteger(at: start + 2, as: UInt16.self).map(Int.init)
        case 8: length = bytes.getInteger(at: start + 2, as: UInt64.self).map { Int(clamping: $0) }
        default: length = short
        }
        guard let length else { return nil }
        if !opcode.isControl { try check(length) }
        guard let mask = bytes.getInteger(at: start + 2 + lengthBytes, as: UInt32.self) else { return nil }
        return Head(opcode: opcode, isLast: isLast, mask: mask, payloadBytes: length, ownBytes: 2 + lengthBytes + 4)
    }

    /// Checks that `length` more bytes are within the message's limit.
    private func check(_ length: Int) throws(WebSocketClosing) {
        let limit = isFirst ? limits.firstMessageBytes : limits.messageBytes
        guard length <= limit - (message?.readableBytes ?? 0) else { throw isFirst ? .firstTooLarge : .tooLarge }
    }

    // MARK: Messages

    private mutating func take(_ frame: WebSocketFrame) throws(WebSocketClosing) -> Event? {
        switch frame.opcode {
        case .ping: return .ping(frame.payload)
        case .pong: return .pong
        case .close: return .close(try Self.closing(frame.payload))
        case .binary: throw .notText
        case .text:
            guard message == nil else { throw .violation("a new message began before the previous one ended") }
            message = frame.payload
            parts = 1
        case .continuation:
            guard message != nil else { throw .violation("a continuation frame has no message to continue") }
            message?.writeImmutableBuffer(frame.payload)
            parts += 1
            guard parts <= limits.messageParts else { throw isFirst ? .firstTooLarge : .tooLarge }
        }
        guard frame.isLast, let whole = message else { return nil }
        guard String(validating: whole.readableBytesView, as: UTF8.self) != nil else { throw .notUTF8 }
        (message, isFirst) = (nil, false)
        return .text(whole)
    }

    /// Returns the reply to a client's close frame.
    private static func closing(_ payload: ByteBuffer) throws(WebSocketClosing) -> WebSocketClosing {
        var payload = payload
        if payload.readableBytes == 0 { return .done }
        guard let code = payload.readInteger(as: UInt16.self) else { throw .violation("a close code must have two bytes") }
        switch code {
        case 1000...1003, 1007...1014, 3000...4999: break
        default: throw .violation("invalid close code")
        }
        guard String(validating: payload.readableBytesView, as: UTF8.self) != nil else { throw .notUTF8 }
        return WebSocketClosing(code, "")
    }
}

extension ByteBuffer {
    /// - Source: RFC 6455, section 5.3.
    fileprivate mutating func unmask(_ mask: UInt32) {
        let keys = withUnsafeBytes(of: mask.bigEndian) { Array($0) }
        withUnsafeMutableReadableBytes { bytes in
            for place in bytes.indices { bytes[place] ^= keys[place & 3] }
        }
    }
}
