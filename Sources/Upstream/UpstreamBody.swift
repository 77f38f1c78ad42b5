internal import AsyncHTTPClient
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

    public struct Iterator: AsyncIteratorProtocol {
        fileprivate let reader: BodyReader

        /// - Throws: `.timeoutFirstByte`, `.timeoutIdle`, `.interrupted`, `.tooLarge`, `.malformed`, `.cancelled`; after an
        ///   error, and after the end, there is nothing more.
        public func next() async throws(UpstreamError) -> [UInt8]? { try await reader.next() }

        public func next(isolation actor: isolated (any Actor)?) async throws(UpstreamError) -> [UInt8]? { try await reader.next() }
    }
}

/// Reads a body with limits of time and size.
///
/// `@unchecked Sendable`: `iterator` is touched only between `begin` and `end`, which let in one at a time.
final class BodyReader: @unchecked Sendable {
    private enum Phase { case resting, reading, over }

    private struct State {
        var phase = Phase.resting
        var bytes = 0
        var isFirst = true
    }

    private let state = Mutex(State())
    private var iterator: HTTPClientResponse.Body.AsyncIterator?
    private let timeouts: UpstreamTimeouts
    private let limit: Int
    private let host: String
    /// Whose connection it is: it must not be shut down for want of an owner while this reads.
    private let transport: UpstreamTransport

    init(_ body: HTTPClientResponse.Body, of transport: UpstreamTransport, timeouts: UpstreamTimeouts, limit: Int, host: String) {
        iterator = body.makeAsyncIterator()
        self.transport = transport
        self.timeouts = timeouts
        self.limit = limit
        self.host = host
    }

    func next() async throws(UpstreamError) -> [UInt8]? {
        guard let isFirst = try begin() else { return nil }
        do {
            let part = try await part(isFirst: isFirst)
            end(isOver: part == nil, adding: part?.count ?? 0)
            return part
        } catch {
            end(isOver: true, adding: 0)
            throw error
        }
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
        // Giving up the iterator before the end closes the connection.
        if isOver { iterator = nil }
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
            buffer = try await TimeLimit.run(time) { try await self.read() }
        } catch is TimeLimit.Exceeded {
            throw UpstreamError(
                isFirst ? .timeoutFirstByte : .timeoutIdle, "\(host) sent nothing more of its answer for \(time)")
        } catch {
            throw UpstreamError(whileReadingFrom: host, error)
        }
        // A cancelled read may look like the end.
        if Task.isCancelled { throw UpstreamError(.cancelled, "the caller's task was cancelled") }
        guard let buffer else { return nil }
        guard state.withLock({ $0.bytes }) <= limit - buffer.readableBytes else {
            throw UpstreamError(.tooLarge, "the answer of \(host) is longer than \(limit) bytes")
        }
        return Array(buffer.readableBytesView)
    }

    private func read() async throws -> ByteBuffer? {
        guard var iterator else { return nil }
        defer { self.iterator = iterator }
        return try await iterator.next()
    }
}
