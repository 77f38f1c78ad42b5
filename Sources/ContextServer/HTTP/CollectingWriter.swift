import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization

/// A writer that keeps what is written, for bodies that are known to be small.
struct CollectingWriter: ResponseBodyWriter {
    private final class Storage: Sendable { let bytes = Mutex(ByteBuffer()) }

    private let storage = Storage()

    var bytes: ByteBuffer { storage.bytes.withLock { $0 } }

    @concurrent func write(_ buffer: ByteBuffer) async throws {
        storage.bytes.withLock { bytes in
            if bytes.readableBytes == 0 { bytes = buffer } else { bytes.writeImmutableBuffer(buffer) }
        }
    }

    @concurrent consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
