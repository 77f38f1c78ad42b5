internal import Synchronization

/// Events that are there already, given out once.
final class EventList: Sendable {
    private let events: Mutex<[ChatEvent]?>

    init(_ events: [ChatEvent]) { self.events = Mutex(events) }

    func next() -> [ChatEvent]? { events.withLock { $0.take() } }
}
