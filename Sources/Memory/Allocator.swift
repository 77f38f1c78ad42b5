internal import CAllocator
import Foundation
internal import Synchronization

/// The C allocator of this process, which also serves Swift.
public enum Allocator {
    /// Minimum size of blocks that are returned to the system when they are freed.
    private static let blockBytes = 1 << 20
    /// Maximum free space at the top of each heap before it is returned to the system.
    private static let keptBytes = 4 << 20

    private static let queue = DispatchQueue(label: "contextd.allocator", qos: .utility)
    private static let isConfigured = Atomic(false)
    private static let isScheduled = Atomic(false)

    /// Configures the allocator. Call once, before any thread starts.
    public static func configure() {
        isConfigured.store(true, ordering: .relaxed)
        ca_configure(Int32(blockBytes), Int32(2 * max(1, ProcessInfo.processInfo.activeProcessorCount)), Int32(keptBytes))
    }

    /// Schedules the return of freed memory to the system, on a separate thread. Has no effect while a return is already scheduled, and in a
    /// process that did not configure its allocator: the whole heap is locked meanwhile, and there it is not only contextd's.
    public static func returnFreedMemorySoon() {
        guard isConfigured.load(ordering: .relaxed), !isScheduled.exchange(true, ordering: .relaxed) else { return }
        queue.asyncAfter(deadline: .now() + .milliseconds(500)) {
            isScheduled.store(false, ordering: .relaxed)
            ca_return_freed_memory()
        }
    }
}
