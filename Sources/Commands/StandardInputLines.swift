import Foundation
import MCP
import Synchronization

/// The lines of standard input, read by a dedicated thread. The sequence ends at the end of input or when its task is cancelled.
///
/// The thread pauses while 64 lines are unread, so that a fast writer fills the pipe instead of memory.
struct StandardInputLines: AsyncSequence, Sendable {
    typealias Element = [UInt8]

    private let lines: AsyncStream<[UInt8]>
    private let room: DispatchSemaphore

    init() {
        let room = DispatchSemaphore(value: 64)
        self.room = room
        lines = AsyncStream { continuation in
            let thread = Thread { Self.read(room, continuation) }
            thread.name = "stdin"
            thread.start()
        }
    }

    func makeAsyncIterator() -> Iterator { Iterator(base: lines.makeAsyncIterator(), room: room) }

    struct Iterator: AsyncIteratorProtocol {
        fileprivate var base: AsyncStream<[UInt8]>.Iterator
        fileprivate let room: DispatchSemaphore

        mutating func next(isolation actor: isolated (any Actor)?) async -> [UInt8]? {
            defer { room.signal() }
            return await base.next(isolation: actor)
        }

        mutating func next() async -> [UInt8]? { await next(isolation: #isolation) }
    }

    private static func read(_ room: DispatchSemaphore, _ continuation: AsyncStream<[UInt8]>.Continuation) {
        var splitter = MCPLineSplitter()
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Foundation.read(STDIN_FILENO, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            for line in splitter.feed(buffer[..<count]) {
                room.wait()
                continuation.yield(line)
            }
        }
        if let line = splitter.finish() { continuation.yield(line) }
        continuation.finish()
    }
}
