internal import CSandbox
import Extraction
import Foundation
import Logging
import Scheduling
import Telemetry

/// One thread's workers: the one that reads, bound to a client, and a spare one that is already started. Used by that thread only.
final class WorkerSlot {
    private let settings: ExtractionSettings
    private let meter: ExtractionMeter
    private let notices: WorkerNotices
    private var current: WorkerProcess?
    private var spare: WorkerProcess?
    private var lastNumber: UInt64 = 0

    init(_ settings: ExtractionSettings, meter: ExtractionMeter, notices: WorkerNotices) {
        (self.settings, self.meter, self.notices) = (settings, meter, notices)
    }

    /// The client that the current worker is bound to.
    var owner: WorkKey? { current?.owner }

    /// Starts a worker ahead, if none waits. That it cannot be started shows with the next document.
    func prepare() {
        if spare == nil, current == nil || current?.owner != nil { spare = try? start() }
    }

    /// Reads a document, with another attempt if the worker ends and the document does not explain why.
    func read(_ job: PendingExtraction, for key: WorkKey) -> Result<ExtractedDocument, any Error> {
        var last: Failure = .ended("no attempt")
        for attempt in 1...ExtractionSettings.attempts {
            if attempt > 1 { Thread.sleep(forTimeInterval: ExtractionSettings.backoffSeconds * Double(1 << (attempt - 2))) }
            do throws(Failure) {
                return .success(try readOnce(job, for: key))
            } catch {
                if job.isCancelled { return .failure(CancellationError()) }
                guard case .ended = error else { return .failure(error.error) }
                last = error
            }
        }
        return .failure(last.error)
    }

    /// Ends all workers.
    func close() {
        for worker in [current, spare].compactMap(\.self) { _ = end(worker) }
        (current, spare) = (nil, nil)
    }

    /// Why an attempt gave no document.
    private enum Failure: Error {
        case refused(ExtractError)
        case cancelled
        case unavailable(WorkerUnavailable)
        /// The worker ended while it read the document, for a reason that may not be the document.
        case ended(String)

        var error: any Error {
            switch self {
            case .refused(let error): error
            case .cancelled: CancellationError()
            case .unavailable(let error): error
            case .ended(let how):
                ExtractError(
                    .crashed, "the document could not be read: its worker process ended \(ExtractionSettings.attempts) times: \(how)")
            }
        }
    }

    private func readOnce(_ job: PendingExtraction, for key: WorkKey) throws(Failure) -> ExtractedDocument {
        let worker = try worker(for: key)
        guard job.begin(worker.handle) else { throw .cancelled }
        defer { job.pause() }
        let reply = try reply(of: worker, job, for: key)
        job.pause()
        let peakBytes = worker.handle.peakBytes ?? 0
        // A cancellation that came with the reply has killed the worker.
        retireIfUsedUp(worker, peakBytes, isKilled: job.isCancelled)
        notices.read(job.document, reply, peakBytes: peakBytes)
        switch reply.content {
        case .document(let document): return document
        case .refusal(let error): throw .refused(error)
        }
    }

    private func reply(of worker: WorkerProcess, _ job: PendingExtraction, for key: WorkKey) throws(Failure) -> WireReply {
        let budget = settings.budget(bytes: job.document.byteCount)
        let input = try Self.input(job.document)
        defer { if input.isOurs { Foundation.close(input.descriptor) } }
        lastNumber += 1
        let request = WireRequest(
            number: lastNumber, contentType: job.document.contentType, fileName: job.document.fileName, limits: job.document.limits)
        do throws(Interruption) {
            return try worker.read(request, input: input.descriptor, budget, for: key)
        } catch {
            throw failure(of: worker, error, budget)
        }
    }

    /// Ends a worker that gave no reply, and says why there is none.
    private func failure(of worker: WorkerProcess, _ interruption: Interruption, _ budget: TimeBudget) -> Failure {
        current = nil
        let end = end(worker)
        switch (interruption, end) {
        case (.timedOut, _), (.gone, .outOfTime):
            let seconds = String(format: "%g", budget.processorSeconds)
            return .refused(ExtractError(.timedOut, "the document could not be read: it took more than \(seconds) seconds"))
        case (.gone, .outOfMemory):
            let megabytes = settings.memoryBytes >> 20
            return .refused(ExtractError(.outOfMemory, "the document could not be read: it took more than \(megabytes) MiB of memory"))
        case (.gone, .forbiddenCall):
            notices.ended(end)
            return .refused(ExtractError(.crashed, "the document could not be read: its worker process was stopped because \(end.words)"))
        case (.gone, _):
            notices.ended(end)
            return .ended(end.words)
        case (.invalid(let reason), _):
            notices.lied(reason)
            return .refused(ExtractError(.crashed, "the document could not be read: its worker process returned no valid document"))
        }
    }

    /// Returns a worker that is ready, and bound to the client or to none.
    private func worker(for key: WorkKey) throws(Failure) -> WorkerProcess {
        if let worker = current {
            if worker.owner == nil || worker.owner == key, worker.isWaiting { return worker }
            current = nil
            _ = end(worker)
        }
        if let worker = spare {
            spare = nil
            if (try? greeted(worker)) != nil {
                if worker.isWaiting { return worker }
                current = nil
                _ = end(worker)
            }
        }
        return try startedWorker()
    }

    /// Starts a worker, with another attempt if it ends before it is ready.
    private func startedWorker() throws(Failure) -> WorkerProcess {
        var last = WorkerUnavailable("no attempt")
        for _ in 0..<ExtractionSettings.attempts {
            do throws(WorkerUnavailable) { return try greeted(try start()) } catch { last = error }
        }
        notices.unavailable(last)
        throw .unavailable(last)
    }

    private func greeted(_ worker: WorkerProcess) throws(WorkerUnavailable) -> WorkerProcess {
        do throws(Interruption) { try worker.greet() } catch {
            throw WorkerUnavailable("it did not start: \(error), \(end(worker).words)")
        }
        notices.started(worker.protections ?? [])
        current = worker
        return worker
    }

    private func start() throws(WorkerUnavailable) -> WorkerProcess {
        let worker = try WorkerProcess(settings)
        meter.starts.add(to: "worker")
        return worker
    }

    private func end(_ worker: WorkerProcess) -> ProcessEnd {
        worker.handle.kill()
        return worker.handle.reap()
    }

    /// Ends a worker that has read its number of documents, or keeps much memory.
    private func retireIfUsedUp(_ worker: WorkerProcess, _ peakBytes: Int, isKilled: Bool) {
        let isUsedUp = worker.served >= settings.documentsPerWorker || peakBytes > settings.memoryBytes / 2
        guard isUsedUp || isKilled else { return }
        current = nil
        _ = end(worker)
    }

    private static func input(_ document: DocumentToRead) throws(Failure) -> (descriptor: Int32, isOurs: Bool) {
        switch document.content {
        case .file(let file): return (file.descriptor, false)
        case .bytes(let bytes):
            // SAFETY: the bytes are copied during the call.
            let descriptor = bytes.withUnsafeBytes { cs_memory_file($0.baseAddress, $0.count) }
            guard descriptor >= 0 else {
                throw .unavailable(WorkerUnavailable("a copy of the document: \(String(cString: strerror(errno)))"))
            }
            return (descriptor, true)
        }
    }
}
