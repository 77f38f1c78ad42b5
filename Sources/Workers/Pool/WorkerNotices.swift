import Extraction
import Logging
import Synchronization

/// What a pool logs: no text of documents, no file names.
final class WorkerNotices: Sendable {
    private let logger: Logger
    private let hasStarted = Mutex(false)

    init(_ logger: Logger) { self.logger = logger }

    /// Warns once of what does not protect the workers.
    func started(_ protections: Protections) {
        let isFirst = hasStarted.withLock { hasStarted in
            defer { hasStarted = true }
            return !hasStarted
        }
        guard isFirst, !protections.missing.isEmpty else { return }
        let missing = protections.missing.joined(separator: ", ")
        logger.warning("the sandbox of worker processes lacks what this system does not allow", metadata: ["missing": "\(missing)"])
    }

    func read(_ document: DocumentToRead, _ reply: WireReply, peakBytes: Int) {
        let outcome = if case .refusal(let error) = reply.content { error.code.rawValue } else { "read" }
        logger.debug(
            "a document was read",
            metadata: [
                "outcome": "\(outcome)", "bytes": "\(document.byteCount)", "processor_us": "\(reply.processorMicroseconds)",
                "worker_peak_bytes": "\(peakBytes)",
            ])
    }

    func ended(_ end: ProcessEnd) { logger.warning("a worker process ended while it read a document", metadata: ["end": "\(end.words)"]) }

    func lied(_ reason: String) { logger.error("a worker process sent an invalid reply", metadata: ["reason": "\(reason)"]) }

    func unavailable(_ error: WorkerUnavailable) {
        logger.error("a worker process could not be started", metadata: ["reason": "\(error.reason)"])
    }
}
