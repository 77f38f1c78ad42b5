internal import Synchronization

/// A list of complete events, returned once.
final class EventList: Sendable {
    private let events: Mutex<[ChatEvent]?>

    init(_ events: [ChatEvent]) { self.events = Mutex(events) }

    func next() -> [ChatEvent]? { events.withLock { $0.take() } }
}
