internal import Foundation

/// The clock, the sleep function and the random numbers of a client; replaceable, so that tests do not wait.
public struct UpstreamPacing: Sendable {
    /// Returns the current time, in seconds since 1970 UTC.
    public var now: @Sendable () -> Int64
    /// - Throws: `CancellationError`.
    public var sleep: @Sendable (Duration) async throws -> Void
    /// Returns a uniform random number in the range.
    public var random: @Sendable (ClosedRange<Double>) -> Double

    public init(
        now: @escaping @Sendable () -> Int64, sleep: @escaping @Sendable (Duration) async throws -> Void,
        random: @escaping @Sendable (ClosedRange<Double>) -> Double
    ) {
        (self.now, self.sleep, self.random) = (now, sleep, random)
    }

    /// The system's clock and random number generator.
    public static let live = UpstreamPacing(
        now: { Int64(Date().timeIntervalSince1970) }, sleep: { try await Task.sleep(for: $0) }, random: { Double.random(in: $0) })
}
