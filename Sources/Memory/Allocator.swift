internal import CAllocator
import Foundation
internal import Synchronization

/// The C allocator of this process, which also serves Swift.
public enum Allocator {
    /// Blocks of this size or more are returned to the system when they are freed.
    private static let blockBytes = 1 << 20
    /// What each heap may keep free at its top.
    private static let keptBytes = 4 << 20

    private static let queue = DispatchQueue(label: "contextd.allocator", qos: .utility)
    private static let isScheduled = Mutex(false)

    /// Configures the allocator. Call once, before there are threads.
    public static func configure() {
        ca_configure(Int32(blockBytes), Int32(2 * max(1, ProcessInfo.processInfo.activeProcessorCount)), Int32(keptBytes))
    }

    /// Returns freed memory to the system soon, on a thread of its own. Calls that come until then have no further effect.
    public static func returnFreedMemorySoon() {
        guard isScheduled.withLock({ isScheduled in
            defer { isScheduled = true }
            return !isScheduled
        }) else { return }
        queue.asyncAfter(deadline: .now() + .milliseconds(500)) {
            isScheduled.withLock { $0 = false }
            ca_return_freed_memory()
        }
    }
}
