import Foundation
import Kernels

/// Measures the memory read bandwidth of one thread.
enum MemoryBandwidth {
    /// Far larger than any cache.
    private static let floats = 64 << 20

    /// Returns the best of several passes over 256 MB.
    static func bytesPerSecond() -> Double {
        let numbers = [Float](repeating: 1, count: floats)
        var sum: Float = 0
        let times = (0..<5).map { _ in
            ContinuousClock().measure { sum += dot(numbers.span, numbers.span) } / .seconds(1)
        }
        precondition(sum > 0)
        return Double(floats * 4) / (times.min() ?? 1)
    }
}
