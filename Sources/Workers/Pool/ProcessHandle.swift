internal import CSandbox
import Foundation
import Synchronization

/// A child process that any thread may kill, and its owner reaps: no signal ever reaches another process that got its number.
final class ProcessHandle: Sendable {
    let identifier: pid_t
    private let isReaped = Mutex(false)

    init(_ identifier: pid_t) { self.identifier = identifier }

    /// Ends the process with SIGKILL, unless it was reaped.
    func kill() {
        isReaped.withLock { isReaped in
            if !isReaped { _ = Foundation.kill(identifier, SIGKILL) }
        }
    }

    /// Waits for the process to end, and removes it from the process table. Call it once.
    func reap() -> ProcessEnd {
        _ = cs_wait_for_end(identifier)
        return isReaped.withLock { isReaped in
            isReaped = true
            var status: Int32 = 0
            return cs_reap(identifier, &status) == 0 ? ProcessEnd(status: status) : .signal(SIGKILL)
        }
    }

    /// The largest resident memory of the process so far, in bytes; `nil` if it has ended.
    var peakBytes: Int? {
        let bytes = cs_peak_memory(identifier)
        return bytes < 0 ? nil : Int(bytes)
    }

    /// The processor time that the process has used, in seconds; `nil` if it has ended.
    var processorSeconds: Double? {
        let nanoseconds = cs_processor_time(identifier)
        return nanoseconds < 0 ? nil : Double(nanoseconds) / 1e9
    }
}
