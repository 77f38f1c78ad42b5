internal import Synchronization

/// Score arrays, kept from one search to the next: a collection's worth of floats is too much to allocate each time.
final class ScorePool: Sendable {
    /// Arrays kept; searches beyond this many at once allocate their own.
    private static let kept = 4
    private let free = Mutex<[[Float]]>([])

    /// Lends an array of zeros of any length; whoever borrows it makes it as long as it needs and leaves it zeroed.
    func withScores<Result>(_ body: (inout [Float]) -> Result) -> Result {
        var scores = free.withLock { $0.popLast() } ?? []
        let result = body(&scores)
        free.withLock { if $0.count < Self.kept { $0.append(scores) } }
        return result
    }
}
