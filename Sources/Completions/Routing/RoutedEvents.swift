import Scheduling

/// The events of an answer that has begun. It releases its model slot after the last event, after a failure, or on deallocation.
final class RoutedEvents: Sendable {
    private let first: EventList
    private let rest: ChatEvents
    private let slot: ConcurrencySlot
    private let failed: @Sendable (CompletionError) -> Void

    /// - Parameter failed: called with an error after the first event, unless the reading task is cancelled.
    init(first: [ChatEvent], rest: ChatEvents, slot: ConcurrencySlot, failed: @escaping @Sendable (CompletionError) -> Void) {
        self.first = EventList(first)
        (self.rest, self.slot, self.failed) = (rest, slot, failed)
    }

    func next() async throws(CompletionError) -> [ChatEvent]? {
        var events = first.next()
        do throws(CompletionError) { if events == nil { events = try await rest.next() } } catch {
            slot.release()
            if !Task.isCancelled { failed(error) }
            throw error
        }
        if events?.isLast ?? true { slot.release() }
        return events
    }
}

extension [ChatEvent] {
    /// Whether the last event is the end.
    fileprivate var isLast: Bool { if case .end? = last { true } else { false } }
}
