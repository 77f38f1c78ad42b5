internal import NIOCore
internal import Synchronization

/// A response body, part by part as it arrives, with timeouts and a size limit; the boundaries between parts have no meaning.
///
/// It is read once, by one reader at a time: all iterators share the position. Dropping the body early, or cancelling the task that
/// reads, closes the connection.
public final class UpstreamBody: AsyncSequence, Sendable {
    public typealias Element = [UInt8]
    public typealias Failure = UpstreamError

    public struct Iterator: AsyncIteratorProtocol {
        fileprivate let body: UpstreamBody

        /// - Throws: `.timeoutFirstByte`, `.timeoutIdle`, `.interrupted`, `.tooLarge`, `.malformed`, `.cancelled`; after an
        ///   error or the end, it returns `nil`.
        public func next() async throws(UpstreamError) -> [UInt8]? { try await body.read() }

        public func next(isolation actor: isolated (any Actor)?) async throws(UpstreamError) -> [UInt8]? { try await body.read() }
    }

    private enum Phase { case resting, reading, over }

    private struct State {
        var phase = Phase.resting
        var bytes = 0
        var isFirst = true
        /// Whether the exchange discards the rest without this reader.
        var isLetGo = false
    }

    private let state = Mutex(State())
    private let exchange: UpstreamExchange
    private let timeouts: UpstreamTimeouts
    private let limit: Int
    private let host: String
    /// The owner of the connection; held so that it is not shut down while this reads.
    private let transport: UpstreamTransport

    init(_ exchange: UpstreamExchange, of transport: UpstreamTransport, timeouts: UpstreamTimeouts, limit: Int, host: String) {
        (self.exchange, self.transport, self.timeouts, self.limit, self.host) = (exchange, transport, timeouts, limit, host)
    }

    deinit { if !state.withLock({ $0.isLetGo }) { exchange.cancel() } }

    public func makeAsyncIterator() -> Iterator { Iterator(body: self) }

    /// Returns the next part if it arrives within `limit`; `nil` after the end.
    ///
    /// - Throws: `.timeoutIdle` if it does not arrive in time, and closes the connection; otherwise as the iterator does.
    public func next(within limit: Duration) async throws(UpstreamError) -> [UInt8]? { try await read(within: limit) }

    private func read(within limit: Duration? = nil) async throws(UpstreamError) -> [UInt8]? {
        guard let isFirst = try begin() else { return nil }
        do {
            let part = try await part(isFirst: isFirst && limit == nil, within: limit)
            end(isOver: part == nil, adding: part?.count ?? 0)
            return part
        } catch {
            end(isOver: true, adding: 0)
            exchange.cancel()
            throw error
        }
    }

    /// Stops reading without closing the connection, which is reused if the body ends within `limit`. Returns at once.
    public func letGo(within limit: Duration) {
        state.withLock { ($0.phase, $0.isLetGo) = (.over, true) }
        exchange.discardRest(within: TimeAmount(limit))
    }

    /// Begins to read a part: returns whether it is the first one, or `nil` if there is none left.
    private func begin() throws(UpstreamError) -> Bool? {
        let (phase, isFirst) = state.withLock { state in
            defer { if state.phase == .resting { state.phase = .reading } }
            return (state.phase, state.isFirst)
        }
        switch phase {
        case .resting: return isFirst
        case .over: return nil
        case .reading: throw UpstreamError(.malformed, "two tasks read the same response at once")
        }
    }

    private func end(isOver: Bool, adding count: Int) {
        state.withLock { state in
            state.phase = isOver ? .over : .resting
            state.isFirst = false
            state.bytes += count
        }
    }

    private func part(isFirst: Bool, within given: Duration?) async throws(UpstreamError) -> [UInt8]? {
        let time = given ?? (isFirst ? timeouts.firstByte : timeouts.idle)
        let buffer: ByteBuffer?
        do {
            buffer = try await exchange.part(within: time)
        } catch is UpstreamExchange.TimedOut {
            throw UpstreamError(
                isFirst ? .timeoutFirstByte : .timeoutIdle, "\(host) sent no response data for \(time)")
        } catch {
            throw UpstreamError(whileReadingFrom: host, error)
        }
        guard let buffer else { return nil }
        guard state.withLock({ $0.bytes }) <= limit - buffer.readableBytes else {
            throw UpstreamError(.tooLarge, "the response of \(host) is longer than \(limit) bytes")
        }
        return Array(buffer.readableBytesView)
    }
}
