import Foundation

/// Tells whether other processes used the processors during a measurement.
struct MachineLoad {
    let seconds: Double
    /// Processor time of this process as a share of what its threads could have had; near 1 if nothing else ran.
    let ownShare: Double

    /// With a lower share, other processes used part of the processors.
    private static let undisturbedShare = 0.97

    /// A note for a row's conditions; empty if the measurement was undisturbed.
    var doubt: String {
        ownShare >= Self.undisturbedShare
            ? "" : "DISTURBED: this process had \(Int((ownShare * 100).rounded())) % of its processors"
    }

    /// Starts measuring when it is created. Only for stretches in which every thread has work all the time.
    struct Meter {
        private let processors: Int
        private let start = ContinuousClock.now
        private let ownStart = Self.ownSeconds

        init(threads: Int) { processors = max(1, min(threads, ProcessInfo.processInfo.activeProcessorCount)) }

        func stop() -> MachineLoad {
            let (seconds, own) = ((ContinuousClock.now - start).seconds, Self.ownSeconds - ownStart)
            return MachineLoad(seconds: seconds, ownShare: own / max(1e-9, seconds * Double(processors)))
        }

        /// Processor time that this process has used, in seconds.
        private static var ownSeconds: Double {
            var time = timespec()
            guard clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0 else { return .nan }
            return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
        }
    }
}

extension Duration {
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
