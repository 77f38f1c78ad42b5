internal import NIOCore
internal import Synchronization

/// An answer's body, part by part as it arrives; how it is cut means nothing.
///
/// It is read once, by one reader at a time: all iterators share the place. Ending early, by dropping it or by cancelling the
/// task that reads, closes the connection.
public struct UpstreamBody: AsyncSequence, Sendable {
    public typealias Element = [UInt8]
    public typealias Failure = UpstreamError

    private let reader: BodyReader

    init(_ reader: BodyReader) { self.reader = reader }

    public func makeAsyncIterator() -> Iterator { Iterator(reader: reader) }

    /// Says that nothing more will be read, without giving the connection up: it is used again if the body ends within `limit`. Nobody
    /// waits for that.
    public func letGo(within limit: Duration) { reader.letGo(within: limit) }

    public struct Iterator: AsyncIteratorProtocol {
        fileprivate let reader: BodyReader

        /// - Throws: `.timeoutFirstByte`, `.timeoutIdle`, `.interrupted`, `.tooLarge`, `.malformed`, `.cancelled`; after an
        ///   error, and after the end, there is nothing more.
        public func next() async throws(UpstreamError) -> [UInt8]? { try await reader.next() }

        public func next(isolation actor: isolated (any Actor)?) async throws(UpstreamError) -> [UInt8]? { try await reader.next() }
    }
}

/// Reads a body with limits of time and size. Dropping it ends the exchange.
final class BodyReader: Sendable {
    private enum Phase { case resting, reading, over }

    private struct State {
        var phase = Phase.resting
        var bytes = 0
        var isFirst = true
        /// The rest comes to its end without this reader.
        var isLetGo = false
    }

    private let state = Mutex(State())
    private let exchange: UpstreamExchange
    private let timeouts: UpstreamTimeouts
    private let limit: Int
    private let host: String
    /// Whose connection it is: it must not be shut down for want of an owner while this reads.
    private let transport: UpstreamTransport

    init(_ exchange: UpstreamExchange, of transport: UpstreamTransport, timeouts: UpstreamTimeouts, limit: Int, host: String) {
        (self.exchange, self.transport, self.timeouts, self.limit, self.host) = (exchange, transport, timeouts, limit, host)
    }

    deinit { if !state.withLock({ $0.isLetGo }) { exchange.cancel() } }

    func next() async throws(UpstreamError) -> [UInt8]? {
        guard let isFirst = try begin() else { return nil }
        do {
            let part = try await part(isFirst: isFirst)
            end(isOver: part == nil, adding: part?.count ?? 0)
            return part
        } catch {
            end(isOver: true, adding: 0)
            exchange.cancel()
            throw error
        }
    }

    /// Nothing more will be read. The connection is used again if the body ends within `limit`, for which nobody waits.
    func letGo(within limit: Duration) {
        state.withLock { ($0.phase, $0.isLetGo) = (.over, true) }
        exchange.discardRest(within: TimeAmount(limit))
    }

    /// Whether the part to be read is the first; `nil` where there is none.
    private func begin() throws(UpstreamError) -> Bool? {
        let (phase, isFirst) = state.withLock { state in
            defer { if state.phase == .resting { state.phase = .reading } }
            return (state.phase, state.isFirst)
        }
        switch phase {
        case .resting: return isFirst
        case .over: return nil
        case .reading: throw UpstreamError(.malformed, "two tasks read one answer at once")
        }
    }

    private func end(isOver: Bool, adding count: Int) {
        state.withLock { state in
            state.phase = isOver ? .over : .resting
            state.isFirst = false
            state.bytes += count
        }
    }

    private func part(isFirst: Bool) async throws(UpstreamError) -> [UInt8]? {
        let time = isFirst ? timeouts.firstByte : timeouts.idle
        let buffer: ByteBuffer?
        do {
            buffer = try await exchange.part(within: time)
        } catch is UpstreamExchange.TimedOut {
            throw UpstreamError(
                isFirst ? .timeoutFirstByte : .timeoutIdle, "\(host) sent nothing more of its answer for \(time)")
        } catch {
            throw UpstreamError(whileReadingFrom: host, error)
        }
        guard let buffer else { return nil }
        guard state.withLock({ $0.bytes }) <= limit - buffer.readableBytes else {
            throw UpstreamError(.tooLarge, "the answer of \(host) is longer than \(limit) bytes")
        }
        return Array(buffer.readableBytesView)
    }
}
