import Foundation

/// The lines of standard input, read by a dedicated thread. The sequence ends at the end of input or when its task is cancelled. A
/// process creates at most one.
///
/// The thread pauses while 64 lines are unread, so that a fast writer fills the pipe instead of memory.
public struct MCPStandardInput: AsyncSequence, Sendable {
    public typealias Element = [UInt8]

    private let lines: AsyncStream<[UInt8]>
    private let room: DispatchSemaphore

    /// - Parameter maximumLineBytes: maximum length of a line; a longer one is truncated as `MCPLineSplitter` does.
    public init(maximumLineBytes: Int = MCPLimits().stdioLineBytes) {
        // libdispatch traps if a semaphore is freed while its value is below its first one, as it is with lines that nobody read.
        let room = DispatchSemaphore(value: 0)
        for _ in 0..<64 { room.signal() }
        self.room = room
        lines = AsyncStream { continuation in
            let thread = Thread { Self.read(MCPLineSplitter(maximumBytes: maximumLineBytes), room, continuation) }
            thread.name = "stdin"
            thread.start()
        }
    }

    public func makeAsyncIterator() -> Iterator { Iterator(base: lines.makeAsyncIterator(), room: room) }

    public struct Iterator: AsyncIteratorProtocol {
        fileprivate var base: AsyncStream<[UInt8]>.Iterator
        fileprivate let room: DispatchSemaphore

        public mutating func next(isolation actor: isolated (any Actor)?) async -> [UInt8]? {
            defer { room.signal() }
            return await base.next(isolation: actor)
        }

        public mutating func next() async -> [UInt8]? { await next(isolation: #isolation) }
    }

    private static func read(
        _ splitter: MCPLineSplitter, _ room: DispatchSemaphore, _ continuation: AsyncStream<[UInt8]>.Continuation
    ) {
        var splitter = splitter
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
