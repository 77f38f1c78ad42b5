internal import Synchronization

/// Events that are there already, given out one by one.
final class EventList: Sendable {
    private let rest: Mutex<ArraySlice<ChatEvent>>

    init(_ events: [ChatEvent]) { rest = Mutex(events[...]) }

    func next() -> ChatEvent? { rest.withLock { $0.popFirst() } }
}
