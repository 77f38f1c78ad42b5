import Gzip
import HTTPTypes
import Hummingbird
import NIOCore

/// A writer that compresses what is written to it.
///
/// It encodes on the concurrent pool: a piece of 64 KiB takes about a millisecond, in which an event loop would serve no other connection.
struct GzipWriter: ResponseBodyWriter {
    private var writer: any ResponseBodyWriter
    private let encoder: GzipEncoder
    /// Whether each write can be decoded at once, as in a stream of events.
    private let flushesEach: Bool

    init(_ writer: any ResponseBodyWriter, flushesEach: Bool) throws {
        (self.writer, self.flushesEach, encoder) = (writer, flushesEach, try GzipEncoder())
    }

    @concurrent mutating func write(_ buffer: ByteBuffer) async throws { try await send(buffer, flushesEach ? .pause : .more) }

    @concurrent consuming func finish(_ trailingHeaders: HTTPFields?) async throws {
        try await send(ByteBuffer(), .end)
        try await writer.finish(trailingHeaders)
    }

    @concurrent private mutating func send(_ buffer: ByteBuffer, _ next: Deflater.Next) async throws {
        let encoded = await withTaskExecutorPreference(globalConcurrentExecutor) { [encoder] in await encoder.encodedApart(buffer, next) }
        if encoded.readableBytes > 0 { try await writer.write(encoded) }
    }
}

/// An encoder of the parts of one body.
///
/// `@unchecked Sendable`: only the task that writes the body uses it, one part after the other.
final class GzipEncoder: @unchecked Sendable {
    /// Memory of an encoder, its output included, in bytes.
    static let memory = Deflater.memory + 2 * ResponseBody.pieceBytes

    private let deflater: Deflater

    init() throws { deflater = try Deflater() }

    @concurrent func encodedApart(_ buffer: ByteBuffer, _ next: Deflater.Next) async -> ByteBuffer { encoded(buffer, next) }

    /// Returns what the encoder has for this part.
    func encoded(_ buffer: ByteBuffer, _ next: Deflater.Next) -> ByteBuffer {
        var (input, output) = (buffer, ByteBuffer())
        let step = max(512, buffer.readableBytes / 2)
        var isFull = true
        while isFull || input.readableBytes > 0 {
            let read = input.withUnsafeReadableBytes { source in
                var read = 0
                output.writeWithUnsafeMutableBytes(minimumWritableBytes: step) { target in
                    let part = deflater.encode(source, into: target, next: next)
                    read = part.read
                    isFull = part.written == target.count
                    return part.written
                }
                return read
            }
            input.moveReaderIndex(forwardBy: read)
        }
        return output
    }

    /// Returns the whole body, compressed.
    static func whole(_ buffer: ByteBuffer) throws -> ByteBuffer { try GzipEncoder().encoded(buffer, .end) }
}
