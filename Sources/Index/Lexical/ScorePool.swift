internal import Synchronization

/// A pool of score arrays that searches reuse: an array with a float per row is too expensive to allocate for each search.
final class ScorePool: Sendable {
    /// Maximum number of arrays in the pool; further concurrent searches allocate their own.
    private static let kept = 4
    private let free = Mutex<[[Float]]>([])

    /// Calls `body` with an all-zero array of any length; `body` may extend it and must leave it all zeros.
    func withScores<Result>(_ body: (inout [Float]) -> Result) -> Result {
        var scores = free.withLock { $0.popLast() } ?? []
        let result = body(&scores)
        free.withLock { if $0.count < Self.kept { $0.append(scores) } }
        return result
    }
}
