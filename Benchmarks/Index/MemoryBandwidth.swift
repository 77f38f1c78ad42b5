import Foundation
import Kernels

/// What one thread can read from memory.
enum MemoryBandwidth {
    /// Far more than any cache holds.
    private static let floats = 64 << 20

    /// The best of a few passes over 256 MB.
    static func bytesPerSecond() -> Double {
        let numbers = [Float](repeating: 1, count: floats)
        var sum: Float = 0
        let times = (0..<5).map { _ in
            ContinuousClock().measure { sum += squaredNorm(numbers.span) } / .seconds(1)
        }
        precondition(sum > 0)
        return Double(floats * 4) / (times.min() ?? 1)
    }
}
