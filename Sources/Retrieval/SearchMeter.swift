import Catalog
import Embeddings
package import Index
import JSON
public import Telemetry

/// Counts and durations of searches since the start.
public final class SearchMeter: Sendable {
    public enum Outcome: String, CaseIterable, Sendable {
        case ok
        /// The request was invalid.
        case refused
        case cancelled
        case failed
    }

    public struct Search: Hashable, Sendable {
        public let mode: SearchMode
        public let outcome: Outcome
    }

    public let searches = CountTable<Search>()
    /// Dense searches in an index; a grouped search may make several.
    package let densePlans = CountTable<DensePlan.Kind>()
    /// Durations of successful searches, including those without results: from the request to the passages, embedding the query included.
    public let durations = DurationTable<SearchMode>()

    init() {}

    func count(_ plans: [DensePlan]) { for plan in plans { densePlans.add(to: plan.kind) } }

    func measure<Value>(_ mode: SearchMode, _ body: () async throws -> Value) async throws -> Value {
        let start = ContinuousClock.now
        do {
            let value = try await body()
            durations.record(start.duration(to: .now), for: mode)
            searches.add(to: Search(mode: mode, outcome: .ok))
            return value
        } catch {
            searches.add(to: Search(mode: mode, outcome: Self.outcome(error)))
            throw error
        }
    }

    private static func outcome(_ error: any Error) -> Outcome {
        switch error {
        case is CancellationError: .cancelled
        case let error as EmbeddingError: error.code == .cancelled ? .cancelled : .failed
        case is JSONFieldError: .refused
        default: .failed
        }
    }
}
