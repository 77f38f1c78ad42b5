internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
internal import Synchronization

/// One request in progress: receives the response from the HTTP client's event loop, and passes it to one reader at a time.
///
/// The client's own asynchronous interface costs a task and a timer for each part of a body. Here a reader takes a waiting part
/// directly, and all waits of one exchange share one timer.
final class UpstreamExchange: HTTPClientResponseDelegate {
    typealias Response = Void

    /// The error of a reader whose timeout has expired.
    struct TimedOut: Error {}

    private struct State {
        var task: HTTPClient.Task<Void>?
        var head: HTTPResponseHead?
        var parts = CircularBuffer<ByteBuffer>()
        /// Number of bytes in `parts`.
        var waitingBytes = 0
        /// The result, once the exchange has ended; the data in `parts` arrived before the end.
        var ending: Result<Void, any Error>?
        /// Whether the rest of the body is discarded.
        var isDiscarding = false
        var reader: CheckedContinuation<Void, Never>?
        /// The end of the reader's timeout.
        var deadline: NIODeadline?
        var timer: Scheduled<Void>?
        var timerDeadline = NIODeadline.distantFuture
        /// Held until there is room for more parts; the client waits for it before it reads on.
        var room: EventLoopPromise<Void>?

        mutating func end(_ result: Result<Void, any Error>) -> Wake {
            guard ending == nil else { return Wake() }
            ending = result
            return wake()
        }

        /// Returns what to wake and stop once the lock is released.
        mutating func wake() -> Wake {
            deadline = nil
            guard ending != nil else { return Wake(reader: reader.take()) }
            return Wake(reader: reader.take(), timer: timer.take(), room: room.take())
        }
    }

    /// The actions to take once the lock is released.
    private struct Wake {
        var reader: CheckedContinuation<Void, Never>?
        var timer: Scheduled<Void>?
        var room: EventLoopPromise<Void>?

        func callAsFunction() {
            timer?.cancel()
            room?.succeed()
            reader?.resume()
        }
    }

    private let state = Mutex(State())

    /// Number of bytes waiting for the reader at which the client stops reading from the connection.
    private static let highWater = 256 << 10

    /// Sends the request.
    func begin(_ request: HTTPClient.Request, with client: HTTPClient, on loop: HTTPClient.EventLoopPreference) {
        let task = client.execute(request: request, delegate: self, eventLoop: loop, deadline: nil)
        let isOver = state.withLock { state in
            state.task = task
            return state.ending != nil
        }
        // The exchange ended before the task was stored, by a failure or a cancellation.
        if isOver { task.cancel() }
        // Handles failures that occur before the client calls the delegate.
        task.futureResult.whenFailure { [self] in end(.failure($0)) }
    }

    // MARK: the reader

    /// Waits for the response head.
    ///
    /// - Throws: `TimedOut` after `limit`; `CancellationError`; the client's error.
    func head(within limit: Duration) async throws -> HTTPResponseHead {
        while true {
            let (head, ending) = state.withLock { ($0.head, $0.ending) }
            if let head { return head }
            if let ending {
                try ending.get()
                throw HTTPClientError.remoteConnectionClosed
            }
            try await change(within: limit) { $0.head != nil }
        }
    }

    /// Returns the next part of the body; `nil` after the last.
    ///
    /// - Throws: as `head` does.
    func part(within limit: Duration) async throws -> ByteBuffer? {
        while true {
            let (part, ending, room) = state.withLock { state in
                let part = state.parts.popFirst()
                state.waitingBytes -= part?.readableBytes ?? 0
                return (part, state.ending, state.waitingBytes < Self.highWater ? state.room.take() : nil)
            }
            room?.succeed()
            if let part { return part }
            if let ending {
                try ending.get()
                return nil
            }
            try await change(within: limit) { !$0.parts.isEmpty }
        }
    }

    /// Waits until `isReady` returns `true` or the exchange has ended.
    private func change(within limit: Duration, _ isReady: @Sendable (State) -> Bool) async throws {
        let deadline = NIODeadline.now() + TimeAmount(limit)
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (isNow, loop) = state.withLock { state -> (Bool, (any EventLoop)?) in
                    guard !isReady(state), state.ending == nil else { return (true, nil) }
                    state.reader = continuation
                    state.deadline = deadline
                    // A timer that fires earlier checks again; one that fires later would be too late.
                    let isTimed = state.timer != nil && state.timerDeadline <= deadline
                    return (false, isTimed ? nil : state.task?.eventLoop)
                }
                if isNow { continuation.resume() }
                if let loop { setTimer(deadline, on: loop) }
            }
        } onCancel: {
            cancel()
        }
        try Task.checkCancellation()
    }

    private func setTimer(_ deadline: NIODeadline, on loop: any EventLoop) {
        let timer = loop.scheduleTask(deadline: deadline) { [weak self] in
            guard let self else { return }
            timerFired(on: loop)
        }
        let old: Scheduled<Void>? = state.withLock { state in
            guard state.ending == nil else { return timer }
            defer { (state.timer, state.timerDeadline) = (timer, deadline) }
            return state.timer
        }
        old?.cancel()
    }

    private func timerFired(on loop: any EventLoop) {
        let now = NIODeadline.now()
        let (isOver, next) = state.withLock { state -> (Bool, NIODeadline?) in
            state.timer = nil
            guard let deadline = state.deadline, state.ending == nil else { return (false, nil) }
            return deadline <= now ? (true, nil) : (false, deadline)
        }
        if isOver { stop(TimedOut()) }
        // The wait that set the timer ended in time, and another one has begun.
        if let next { setTimer(next, on: loop) }
    }

    /// Ends the exchange, and closes its connection if the response is not complete.
    func cancel() { stop(CancellationError()) }

    /// Discards the rest of the body, so that the connection can be reused. Returns at once; cancels the exchange if the rest takes
    /// longer than `limit`.
    func discardRest(within limit: TimeAmount) {
        let (loop, wake) = state.withLock { state -> ((any EventLoop)?, Wake) in
            state.isDiscarding = true
            state.parts.removeAll()
            state.waitingBytes = 0
            let wake = Wake(room: state.room.take())
            return (state.ending == nil ? state.task?.eventLoop : nil, wake)
        }
        wake()
        guard let loop else { return }
        let timer = loop.scheduleTask(in: limit) { self.cancel() }
        let (old, isLate) = state.withLock { state -> (Scheduled<Void>?, Bool) in
            guard state.ending == nil else { return (nil, true) }
            defer { state.timer = timer }
            return (state.timer, false)
        }
        old?.cancel()
        if isLate { timer.cancel() }
    }

    private func stop(_ error: any Error) {
        let (task, wake) = state.withLock { state -> (HTTPClient.Task<Void>?, Wake) in
            let wasOver = state.ending != nil
            let wake = state.end(.failure(error))
            return (wasOver ? nil : state.task, wake)
        }
        task?.cancel()
        wake()
    }

    private func end(_ result: Result<Void, any Error>) { state.withLock { $0.end(result) }() }

    // MARK: the client

    func didReceiveHead(task: HTTPClient.Task<Void>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
        state.withLock { state in
            state.head = head
            return state.wake()
        }()
        return task.eventLoop.makeSucceededVoidFuture()
    }

    func didReceiveBodyPart(task: HTTPClient.Task<Void>, _ buffer: ByteBuffer) -> EventLoopFuture<Void> {
        let (wake, room) = state.withLock { state -> (Wake, EventLoopFuture<Void>?) in
            guard !state.isDiscarding, state.ending == nil else { return (Wake(), nil) }
            state.parts.append(buffer)
            state.waitingBytes += buffer.readableBytes
            guard state.waitingBytes >= Self.highWater else { return (state.wake(), nil) }
            let promise = task.eventLoop.makePromise(of: Void.self)
            state.room = promise
            return (state.wake(), promise.futureResult)
        }
        wake()
        return room ?? task.eventLoop.makeSucceededVoidFuture()
    }

    func didReceiveError(task: HTTPClient.Task<Void>, _ error: any Error) { end(.failure(error)) }

    func didFinishRequest(task: HTTPClient.Task<Void>) throws { end(.success(())) }
}
