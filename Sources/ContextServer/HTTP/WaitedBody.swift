import Hummingbird
import NIOCore

/// A body whose reader works between two reads; only its waits for the client are timed.
struct WaitedBody: AsyncSequence, Sendable {
    let base: RequestBody
    let wait: BodyWait

    struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate var base: RequestBody.AsyncIterator
        fileprivate let wait: BodyWait

        @concurrent mutating func next() async throws -> ByteBuffer? {
            wait.begin()
            defer { wait.end() }
            return try await base.next()
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(base: base.makeAsyncIterator(), wait: wait) }
}
