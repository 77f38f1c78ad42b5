internal import Citing
internal import Synchronization
internal import Upstream

/// Turns a provider's answer into events, as they are asked for. It works where its reader does: an actor would change executors twice for
/// each part.
///
/// `@unchecked Sendable`: what changes is touched by the sole reader only.
final class AnswerReader<Decoder: AnswerDecoder>: @unchecked Sendable {
    private enum Form { case stream, whole, page }

    /// What the answer has cost up to now: it outlives this reader, which is dropped to end the answer.
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
    /// What went wrong behind the events that are ready.
    private var failure: CompletionError?

    /// - Parameter firstTokenTimeout: from here to the first delta, however many signs of life come before it.
    init(_ stream: UpstreamStream, _ decoder: Decoder, firstTokenTimeout: Duration) {
        self.firstTokenTimeout = firstTokenTimeout
        body = stream.body
        // Servers that do not say, or say `text/plain`, are taken at the word they gave by accepting the request.
        form =
            switch stream.headers.mediaType {
            case "application/json": .whole
            case "text/html": .page
            default: .stream
            }
        self.decoder = decoder
        meter = UsageMeter(decoder.usage)
    }

    /// - Throws: what went wrong, once, with what the answer has cost; then there is nothing more.
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
        case .page: throw CompletionError(.providerInvalid, "the provider answers with a page for people")
        }
    }

    private func readPart() async throws(CompletionError) {
        guard let bytes = try await part() else { return try finish() }
        let events: [ServerSentEvent]
        do { events = try lines.append(bytes) } catch { throw CompletionError(error) }
        for event in events where !decoder.isDone {
            if let delta = try decoder.read(event) { ready.append(.delta(delta)) }
        }
        hasBegun = hasBegun || !ready.isEmpty
        guard hasBegun || decoder.isDone || began.duration(to: .now) < firstTokenTimeout else {
            throw CompletionError(.providerTimeout, "the provider sent signs of life and nothing else for \(firstTokenTimeout)")
        }
        guard decoder.isDone else { return }
        // What is left is the end of the body, and then the connection can be used again. A provider that keeps the body open holds up nobody:
        // its connection is closed.
        body.letGo(within: .milliseconds(20))
        try finish()
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

/// The cost of an answer up to now, for whoever asks beside its reader.
final class UsageMeter: Sendable {
    private let usage: Mutex<TokenUsage>

    init(_ usage: TokenUsage) { self.usage = Mutex(usage) }

    var soFar: TokenUsage { usage.withLock { $0 } }

    func set(_ usage: TokenUsage) { self.usage.withLock { $0 = usage } }
}

extension ChatAnswer {
    init(sources: [CitedSource], _ reader: AnswerReader<some AnswerDecoder>) {
        let meter = reader.meter
        self.init(
            sources: sources, events: ChatEvents { () async throws(CompletionError) in try await reader.next() },
            usageSoFar: { meter.soFar })
    }
}
