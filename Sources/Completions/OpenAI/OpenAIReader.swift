internal import Upstream

/// Turns a provider's answer into events, as they are asked for.
actor OpenAIReader {
    private let body: UpstreamBody
    private let isStream: Bool
    private var lines = ServerSentEvents()
    private var chunks: OpenAIChunks
    private var ready: ArraySlice<ChatEvent> = []
    private var isOver = false
    /// What went wrong behind the events that are ready.
    private var failure: CompletionError?

    init(_ stream: UpstreamStream, promptBytes: Int) {
        body = stream.body
        isStream = stream.headers.mediaType != "application/json"
        chunks = OpenAIChunks(promptBytes: promptBytes)
    }

    /// - Throws: what went wrong, once; then there is nothing more.
    func next() async throws(CompletionError) -> ChatEvent? {
        while true {
            if let event = ready.popFirst() { return event }
            if let failure {
                self.failure = nil
                throw failure
            }
            if isOver { return nil }
            do { try await isStream ? readPart() : readWhole() } catch {
                isOver = true
                failure = error
            }
        }
    }

    private func readPart() async throws(CompletionError) {
        guard let bytes = try await part() else { return try finish() }
        let events: [ServerSentEvent]
        do { events = try lines.append(bytes) } catch { throw CompletionError(error) }
        for event in events where !chunks.isDone {
            if let delta = try chunks.read(event.data) { ready.append(.delta(delta)) }
        }
        guard chunks.isDone else { return }
        await drain()
        try finish()
    }

    /// Reads what is left after `[DONE]`: the end of the body, and then the connection can be used again. A provider that keeps the
    /// body open does not hold up the answer: its connection is closed.
    private func drain() async {
        await withTaskGroup { [body] group in
            group.addTask { while (try? await body.makeAsyncIterator().next()) != nil {} }
            group.addTask { try? await Task.sleep(for: .milliseconds(20)) }
            await group.next()
            group.cancelAll()
        }
    }

    private func readWhole() async throws(CompletionError) {
        var bytes: [UInt8] = []
        while let part = try await part() { bytes += part }
        if let delta = try chunks.readWhole(bytes) { ready.append(.delta(delta)) }
        try finish()
    }

    private func part() async throws(CompletionError) -> [UInt8]? {
        do { return try await body.makeAsyncIterator().next() } catch { throw CompletionError(error) }
    }

    private func finish() throws(CompletionError) {
        isOver = true
        ready.append(.end(try chunks.end()))
    }
}
