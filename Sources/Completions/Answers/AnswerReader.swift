internal import Synchronization
internal import Upstream

/// A reader that turns a provider's response into events on demand. It runs on its caller's executor: an actor would switch executors twice
/// for each part.
///
/// `@unchecked Sendable`: only the sole reader accesses mutable state.
final class AnswerReader<Decoder: AnswerDecoder>: @unchecked Sendable {
    private enum Form { case stream, whole, page }

    /// Usage of the answer so far. It outlives this reader, which is dropped to end the answer.
    let meter: UsageMeter
    private let reader = SoleReader()
    private let body: UpstreamBody
    private let form: Form
    private var lines = ServerSentEvents()
    private var decoder: Decoder
    private var ready: [ChatEvent] = []
    private var isOver = false
    private var hasBegun = false
    private let firstTokenTimeout: Duration
    private let began = ContinuousClock.now
    /// Maximum wait for usage after the end of an answer whose usage was not reported.
    private let trailerTimeout = Duration.milliseconds(50)
    /// Error to throw after the events that are ready.
    private var failure: CompletionError?

    /// - Parameter firstTokenTimeout: maximum time from here to the first delta, regardless of keep-alive events before it.
    init(_ stream: UpstreamStream, _ decoder: Decoder, firstTokenTimeout: Duration) {
        self.firstTokenTimeout = firstTokenTimeout
        body = stream.body
        // A missing content type or `text/plain` is read as the requested stream: the server accepted the request.
        form =
            switch stream.headers.mediaType {
            case "application/json": .whole
            case "text/html": .page
            default: .stream
            }
        self.decoder = decoder
        meter = UsageMeter(decoder.usage)
    }

    /// - Throws: the error that ended the answer, once, with the usage so far; later calls return `nil`.
    func next() async throws(CompletionError) -> [ChatEvent]? {
        try reader.enter()
        defer { reader.leave() }
        while true {
            if !ready.isEmpty {
                defer { ready = [] }
                return ready
            }
            if let failure {
                self.failure = nil
                throw failure
            }
            if isOver { return nil }
            do { try await read() } catch {
                isOver = true
                var error = error
                error.partialUsage = decoder.usage
                failure = error
            }
            meter.set(decoder.usage)
        }
    }

    private func read() async throws(CompletionError) {
        switch form {
        case .stream: try await readPart()
        case .whole: try await readWhole()
        case .page: throw CompletionError(.providerInvalid, "the provider returned an HTML page")
        }
    }

    private func readPart() async throws(CompletionError) {
        guard let bytes = try await part() else { return try finish() }
        let events: [ServerSentEvent]
        do { events = try lines.append(bytes) } catch { throw CompletionError(error) }
        try read(events)
        hasBegun = hasBegun || !ready.isEmpty
        guard hasBegun || decoder.isDone || began.duration(to: .now) < firstTokenTimeout else {
            throw CompletionError(.providerTimeout, "the provider sent no token within \(firstTokenTimeout), only keep-alive events")
        }
        guard decoder.isDone else { return }
        await readTrailer()
        // Only the end of the body is left; once it is read, the connection can be reused. If the provider keeps the body open, its
        // connection is closed, without delaying the answer.
        body.letGo(within: .milliseconds(20))
        try finish()
    }

    private func read(_ events: [ServerSentEvent]) throws(CompletionError) {
        for event in events {
            if decoder.isDone {
                decoder.readTrailing(event)
            } else if let delta = try decoder.read(event) {
                ready.append(.delta(delta))
            }
        }
    }

    /// Reads usage that follows the end of the answer, if none was reported before. Whatever goes wrong here does not harm the answer.
    private func readTrailer() async {
        let start = ContinuousClock.now
        while decoder.usage.isEstimated {
            let left = trailerTimeout - start.duration(to: .now)
            guard left > .zero, let bytes = try? await body.next(within: left), let events = try? lines.append(bytes) else { return }
            for event in events { decoder.readTrailing(event) }
        }
    }

    private func readWhole() async throws(CompletionError) {
        var bytes: [UInt8] = []
        while let part = try await part() { bytes += part }
        ready += try decoder.readWhole(bytes).map(ChatEvent.delta)
        try finish()
    }

    private func part() async throws(CompletionError) -> [UInt8]? {
        do { return try await body.makeAsyncIterator().next() } catch { throw CompletionError(error) }
    }

    private func finish() throws(CompletionError) {
        isOver = true
        ready.append(.end(try decoder.end()))
    }
}

/// The usage of an answer so far, for tasks other than its reader.
final class UsageMeter: Sendable {
    private let usage: Mutex<TokenUsage>

    init(_ usage: TokenUsage) { self.usage = Mutex(usage) }

    var soFar: TokenUsage { usage.withLock { $0 } }

    func set(_ usage: TokenUsage) { self.usage.withLock { $0 = usage } }
}
