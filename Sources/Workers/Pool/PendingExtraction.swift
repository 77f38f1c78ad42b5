import Extraction
import Synchronization

/// A document that waits for a worker or is being read.
final class PendingExtraction: Sendable {
    private enum State {
        case waiting
        case running(ProcessHandle)
        case cancelled
    }

    let document: DocumentToRead
    private let state = Mutex(State.waiting)
    private let continuation = Mutex<CheckedContinuation<ExtractedDocument, any Error>?>(nil)

    init(_ document: DocumentToRead) { self.document = document }

    /// Says who waits, before the document is queued.
    func wait(_ waiting: CheckedContinuation<ExtractedDocument, any Error>) { continuation.withLock { $0 = waiting } }

    /// Resumes who waits; later calls have no effect.
    func end(_ result: Result<ExtractedDocument, any Error>) {
        let waiting = continuation.withLock { continuation in
            defer { continuation = nil }
            return continuation
        }
        waiting?.resume(with: result)
    }

    /// Nobody waits for the document any longer: a worker that reads it is killed.
    func cancel() {
        let handle = state.withLock { state -> ProcessHandle? in
            defer { state = .cancelled }
            if case .running(let handle) = state { return handle }
            return nil
        }
        handle?.kill()
    }

    var isCancelled: Bool { state.withLock { if case .cancelled = $0 { true } else { false } } }

    /// Says which process reads the document from now on.
    ///
    /// - Returns: `false` if it was cancelled.
    func begin(_ handle: ProcessHandle) -> Bool {
        state.withLock { state in
            if case .cancelled = state { return false }
            state = .running(handle)
            return true
        }
    }

    /// The process no longer reads the document, and must not be killed for it.
    func pause() {
        state.withLock { state in
            if case .running = state { state = .waiting }
        }
    }
}
