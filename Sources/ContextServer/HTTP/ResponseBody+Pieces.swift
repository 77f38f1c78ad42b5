import HTTPTypes
import Hummingbird
import NIOCore

extension ResponseBody {
    /// Number of bytes written to a connection at a time. A connection takes the next piece when the client has taken most of the one
    /// before.
    static let pieceBytes = 64 << 10

    /// Creates a body of these bytes. A large one is copied piece by piece, so that no second copy of the whole exists.
    init<Bytes: Collection<UInt8> & Sendable>(bytes: Bytes) where Bytes.SubSequence: Sendable {
        guard bytes.count > Self.pieceBytes else {
            self.init(byteBuffer: ByteBuffer(bytes: bytes))
            return
        }
        self.init(contentLength: bytes.count) { writer in
            var rest = bytes[...]
            while !rest.isEmpty {
                let piece = rest.prefix(Self.pieceBytes)
                try await writer.write(ByteBuffer(bytes: piece))
                rest = rest[piece.endIndex...]
            }
            try await writer.finish(nil)
        }
    }
}

/// A writer that splits its output into pieces. Each is a copy, so that a connection with a waiting piece does not retain the whole.
struct PiecewiseWriter: ResponseBodyWriter {
    private var writer: any ResponseBodyWriter

    init(_ writer: any ResponseBodyWriter) { self.writer = writer }

    @concurrent mutating func write(_ buffer: ByteBuffer) async throws {
        guard buffer.readableBytes > ResponseBody.pieceBytes else { return try await writer.write(buffer) }
        var rest = buffer
        while let piece = rest.readSlice(length: min(ResponseBody.pieceBytes, rest.readableBytes)), piece.readableBytes > 0 {
            try await writer.write(ByteBuffer(bytes: piece.readableBytesView))
        }
    }

    @concurrent consuming func finish(_ trailingHeaders: HTTPFields?) async throws { try await writer.finish(trailingHeaders) }
}
