internal import Synchronization

/// The events of an answer that has begun. With the last one, with a failure, or when nobody holds this any more, its place at the
/// model is given back.
final class RoutedEvents: Sendable {
    private let first: Mutex<[ChatEvent]?>
    private let rest: ChatEvents.Iterator
    private let slot: ModelSlot
    private let failed: @Sendable (CompletionError) -> Void

    /// - Parameter failed: told of what goes wrong after the first event.
    init(first: [ChatEvent], rest: ChatEvents.Iterator, slot: ModelSlot, failed: @escaping @Sendable (CompletionError) -> Void) {
        self.first = Mutex(first)
        (self.rest, self.slot, self.failed) = (rest, slot, failed)
    }

    func next() async throws(CompletionError) -> [ChatEvent]? {
        var events = takeFirst()
        do throws(CompletionError) { if events == nil { events = try await rest.next() } } catch {
            slot.release()
            if !Task.isCancelled { failed(error) }
            throw error
        }
        if events?.isLast ?? true { slot.release() }
        return events
    }

    private func takeFirst() -> [ChatEvent]? {
        first.withLock { first in
            defer { first = nil }
            return first
        }
    }
}

extension [ChatEvent] {
    /// Whether the end is among them.
    fileprivate var isLast: Bool { if case .end? = last { true } else { false } }
}
