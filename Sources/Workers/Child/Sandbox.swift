internal import CSandbox
import Foundation

/// The enclosure of a worker process.
enum Sandbox {
    /// Encloses this process for ever. Afterwards it can compute, and use the descriptors that it has; see `Protections`.
    ///
    /// - Parameters:
    ///   - memoryBytes: maximum private memory.
    ///   - mappedBytes: maximum further address space, for the input.
    static func enter(memoryBytes: Int, mappedBytes: Int, processorSeconds: Int) -> Protections {
        cs_report_memory_failures()
        var limits = cs_limits(
            memory_bytes: UInt64(clamping: memoryBytes), mapped_bytes: UInt64(clamping: mappedBytes),
            processor_seconds: UInt64(clamping: processorSeconds))
        // SAFETY: reads the limits during the call only.
        return Protections(rawValue: cs_enter(&limits, getppid()))
    }
}
