internal import Citing
internal import JSON

/// The steps of a turn, made from a model's events: it resolves the markers in the text and has the cited sources verified at the end. It
/// runs on its reader's executor.
///
/// `@unchecked Sendable`: only the sole reader accesses mutable state.
final class ChatSteps: @unchecked Sendable {
    private let reader = SoleReader()
    private let sources: [Int: CitedSource]
    private let cites: Bool
    private let verify: @Sendable ([CitedSource]) async throws -> [CitedSource]
    private let events: ChatEvents
    private var markers: CitationMarkers
    private var ready: [ChatTurn.Step] = []
    /// Error to throw after the steps that are ready.
    private var failure: (any Error)?

    init(_ answer: ChatAnswer, cites: Bool, verify: @escaping @Sendable ([CitedSource]) async throws -> [CitedSource]) {
        self.cites = cites
        self.verify = verify
        sources = Dictionary(answer.sources.map { ($0.number, $0) }) { first, _ in first }
        markers = CitationMarkers(known: Set(sources.keys))
        events = answer.events
    }

    func next() async throws -> [ChatTurn.Step]? {
        try reader.enter()
        defer { reader.leave() }
        if let failure { throw failure }
        while ready.isEmpty {
            guard let batch = try await events.next() else { return nil }
            do { for event in batch { try await read(event) } } catch {
                guard !ready.isEmpty else { throw error }
                failure = error
            }
        }
        defer { ready = [] }
        return ready
    }

    private func read(_ event: ChatEvent) async throws {
        switch event {
        case .delta(let delta):
            add(cites ? markers.append(delta.text) : delta.text)
            if !delta.other.isEmpty { ready.append(.other(delta.other)) }
        case .end(let end):
            add(markers.finish())
            ready.append(.end(try await outcome(end)))
        }
    }

    private func add(_ text: String) {
        if !text.isEmpty { ready.append(.text(text)) }
    }

    private func outcome(_ end: ChatEnd) async throws -> ChatTurn.Outcome {
        guard cites else { return ChatTurn.Outcome(finishReason: end.finishReason, usage: end.usage, citations: nil, markers: []) }
        var seen: Set<Int> = []
        let cited = markers.occurrences.compactMap { seen.insert($0.number).inserted ? sources[$0.number] : nil }
        let citations = cited.isEmpty ? [] : try await verify(cited)
        let numbers = Set(citations.map(\.number))
        return ChatTurn.Outcome(
            finishReason: end.finishReason, usage: end.usage, citations: citations,
            markers: markers.occurrences.filter { numbers.contains($0.number) })
    }
}
