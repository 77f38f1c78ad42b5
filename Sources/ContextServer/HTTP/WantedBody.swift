import Hummingbird
import NIOCore

/// A body whose client waits for `100 Continue`, which is sent when the body is first read: after the key and the declared length have been
/// checked.
struct WantedBody: AsyncSequence, Sendable {
    let base: RequestBody
    let channel: any Channel

    struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate var base: RequestBody.AsyncIterator
        fileprivate let channel: any Channel
        private var isWanted = false

        fileprivate init(_ base: RequestBody.AsyncIterator, _ channel: any Channel) { (self.base, self.channel) = (base, channel) }

        @concurrent mutating func next() async throws -> ByteBuffer? {
            if !isWanted {
                isWanted = true
                channel.askForBody()
            }
            return try await base.next()
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(base.makeAsyncIterator(), channel) }
}

extension Channel {
    /// Sends `100 Continue` to a client that waits for it before it sends the body of the current request. It must precede the head of the
    /// response: a route that responds while it reads calls it before it returns the response.
    func askForBody() { triggerUserOutboundEvent(RequestGate.WantsBody(), promise: nil) }
}
