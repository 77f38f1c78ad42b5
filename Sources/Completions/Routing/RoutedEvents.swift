internal import Synchronization

/// The events of an answer that has begun. With the last one, with a failure, or when nobody holds this any more, its place at the
/// model is given back.
final class RoutedEvents: Sendable {
    private let first: Mutex<ChatEvent?>
    private let rest: ChatEvents.Iterator
    private let slot: ModelSlot
    private let failed: @Sendable (CompletionError) -> Void

    /// - Parameter failed: told of what goes wrong after the first event.
    init(first: ChatEvent, rest: ChatEvents.Iterator, slot: ModelSlot, failed: @escaping @Sendable (CompletionError) -> Void) {
        self.first = Mutex(first)
        (self.rest, self.slot, self.failed) = (rest, slot, failed)
    }

    func next() async throws(CompletionError) -> ChatEvent? {
        var event = takeFirst()
        do throws(CompletionError) { if event == nil { event = try await rest.next() } } catch {
            slot.release()
            if !Task.isCancelled { failed(error) }
            throw error
        }
        switch event {
        case .end, nil: slot.release()
        case .delta: break
        }
        return event
    }

    private func takeFirst() -> ChatEvent? {
        first.withLock { first in
            defer { first = nil }
            return first
        }
    }
}
