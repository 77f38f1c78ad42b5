import Foundation

/// Whether a measurement had the machine to itself.
struct MachineLoad {
    let seconds: Double
    /// Processor time of this process, of what its threads could have had: near 1 where nothing else ran.
    let ownShare: Double

    /// Less than that, and other processes took part of the processors.
    private static let undisturbedShare = 0.97

    /// For a row's conditions; empty where all is well.
    var doubt: String {
        ownShare >= Self.undisturbedShare
            ? "" : "DISTURBED: this process had \(Int((ownShare * 100).rounded())) % of its processors"
    }

    /// Begins where it is made. Only for stretches in which every thread has work all the while.
    struct Meter {
        private let processors: Int
        private let start = ContinuousClock.now
        private let ownStart = Self.ownSeconds

        init(threads: Int) { processors = max(1, min(threads, ProcessInfo.processInfo.activeProcessorCount)) }

        func stop() -> MachineLoad {
            let (seconds, own) = ((ContinuousClock.now - start).seconds, Self.ownSeconds - ownStart)
            return MachineLoad(seconds: seconds, ownShare: own / max(1e-9, seconds * Double(processors)))
        }

        /// Processor time that this process has used.
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
