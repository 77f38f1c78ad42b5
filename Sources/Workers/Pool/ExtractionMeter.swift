import Extraction
public import Telemetry

/// Counters of the documents that worker processes read, since this process started.
public final class ExtractionMeter: Sendable {
    public enum Outcome: String, CaseIterable, Sendable {
        case read, refused, cancelled
        case timedOut = "timed_out"
        case outOfMemory = "out_of_memory"
        case crashed
        /// No worker could be started.
        case unavailable
    }

    public let documents = CountTable(Outcome.allCases)
    /// Workers started.
    public let starts = CountTable(["worker"])
    /// Elapsed time of each document, from its start in a worker.
    public let durations = DurationTable<Outcome>()

    public init() {}

    func add(_ outcome: Outcome, _ duration: Duration) {
        documents.add(to: outcome)
        durations.record(duration, for: outcome)
    }
}

extension ExtractionMeter.Outcome {
    init(_ result: Result<ExtractedDocument, any Error>) {
        switch result {
        case .success: self = .read
        case .failure(let error as ExtractError):
            switch error.code {
            case .timedOut: self = .timedOut
            case .outOfMemory: self = .outOfMemory
            case .crashed: self = .crashed
            default: self = .refused
            }
        case .failure(is CancellationError): self = .cancelled
        case .failure: self = .unavailable
        }
    }
}
