public import Foundation
import Synchronization

/// The space to keep free on the file system that holds the catalog.
public struct StorageLimits: Sendable {
    /// Minimum free space for writes that add data, in bytes.
    public var minimumFree: Int
    /// Size of the reserve file, in bytes. It is released for deletions when no other space is free.
    public var reserve: Int

    /// The defaults are 32 MiB and 16 MiB; on a file system smaller than 2 GiB, proportionally less.
    public init(minimumFree: Int? = nil, reserve: Int? = nil, directory: URL? = nil) {
        let room = directory.flatMap(FileSystemRoom.init)?.total ?? Int.max
        self.minimumFree = minimumFree ?? min(32 << 20, room / 64)
        self.reserve = reserve ?? min(16 << 20, room / 128)
    }

    public static let none = StorageLimits(minimumFree: 0, reserve: 0)
}

/// The operations that the storage allows now.
public enum StorageStatus: String, Sendable {
    case writable
    /// Too little space is free. Reads and deletions still work.
    case full
    /// Writes fail. Reads still work.
    case readOnly = "read_only"
}

/// Free and total space of a file system, in bytes, for a process without privileges.
struct FileSystemRoom {
    let free: Int
    let total: Int

    init?(_ directory: URL) {
        var status = statvfs()
        guard statvfs(directory.path, &status) == 0 else { return nil }
        let block = Int(clamping: UInt64(status.f_frsize))
        free = Int(clamping: UInt64(status.f_bavail)).multipliedReportingOverflow(by: block).partialValue
        total = Int(clamping: UInt64(status.f_blocks)).multipliedReportingOverflow(by: block).partialValue
    }
}

/// Decides from the free space whether data may be added to the catalog, and keeps a reserve file for when no space is free.
final class StorageGuard: Sendable {
    private struct State {
        var isLow = false
        var checked: ContinuousClock.Instant?
        /// The time until which storage counts as full, after SQLite unexpectedly found the disk full.
        var fullUntil: ContinuousClock.Instant?
    }

    private let directory: URL
    private let limits: StorageLimits
    private let reserve: URL
    private let state = Mutex(State())
    /// The status of a catalog that was opened read-only; otherwise `nil`, and the status depends on the free space.
    private let fixed: StorageStatus?
    private let report: CatalogNotice.Handler

    /// How long a measurement of the free space is reused.
    private static let validity = Duration.milliseconds(100)

    init(catalog: URL, limits: StorageLimits, fixed: StorageStatus? = nil, report: @escaping CatalogNotice.Handler) {
        directory = catalog.deletingLastPathComponent()
        reserve = URL(filePath: catalog.path + "-reserve")
        (self.limits, self.fixed, self.report) = (limits, fixed, report)
        if fixed == .readOnly {
            report(CatalogNotice(.warning, "the data directory is read-only; only reads are served", ["directory": directory.path]))
        }
    }

    /// - Throws: `.storageFull`, `.storageReadOnly`.
    func admit(_ effect: WriteEffect) throws(CatalogError) {
        switch fixed {
        case .readOnly?: throw readOnly()
        case .full?: throw fullError
        case .writable?, nil: break
        }
        guard isLow() else { return }
        switch effect {
        case .grows: throw fullError
        case .shrinks: releaseReserve()
        }
    }

    /// Returns whether too little space is free, as of at most 100 ms ago.
    func isLow() -> Bool {
        let now = ContinuousClock.now
        let known = state.withLock { state -> Bool? in
            if let until = state.fullUntil, until > now { return true }
            guard let checked = state.checked, now - checked < Self.validity else { return nil }
            return state.isLow
        }
        return known ?? look(now)
    }

    private func look(_ now: ContinuousClock.Instant) -> Bool {
        guard limits.minimumFree > 0, let room = FileSystemRoom(directory) else { return false }
        let (was, isLow) = state.withLock { state in
            let was = state.isLow
            // Hysteresis: recovery needs more free space than the limit, so that the status does not flip back and forth.
            state.isLow = room.free < limits.minimumFree + heldBytesMissing + (was ? limits.minimumFree / 4 : 0)
            state.checked = now
            return (was, state.isLow)
        }
        if was != isLow { tell(isLow, free: room.free) }
        return isLow
    }

    private func tell(_ isLow: Bool, free: Int) {
        let facts = ["free_bytes": "\(free)", "minimum_free_bytes": "\(limits.minimumFree)"]
        report(
            isLow
                ? CatalogNotice(.error, "storage is full; writes are rejected, reads continue", facts)
                : CatalogNotice(.warning, "storage has free space again; writes are accepted", facts))
    }

    var status: StorageStatus { fixed ?? (isLow() ? .full : .writable) }

    /// Records that SQLite found the disk full, and returns the error.
    func full() -> CatalogError {
        let isNews = state.withLock { state in
            defer { state.fullUntil = .now + .seconds(1) }
            return state.fullUntil == nil
        }
        if isNews { report(CatalogNotice(.error, "storage is full; a write failed", ["directory": directory.path])) }
        return fullError
    }

    func readOnly() -> CatalogError {
        CatalogError(.storageReadOnly, "the data directory is read-only; only reads are served")
    }

    private var fullError: CatalogError {
        CatalogError(.storageFull, "storage is full; nothing can be added until space is freed")
    }

    // MARK: The reserve

    /// Detects that space is free again, and restores the reserve after its use. Call periodically.
    func tend() {
        guard fixed == nil else { return }
        state.withLock { state in
            if let until = state.fullUntil, until <= .now { state.fullUntil = nil }
            state.checked = nil
        }
        _ = isLow()
        keepReserve()
    }

    private var heldBytesMissing: Int { max(0, limits.reserve - heldBytes) }

    private var heldBytes: Int {
        var status = stat()
        return stat(reserve.path, &status) == 0 ? Int(status.st_blocks) * 512 : 0
    }

    /// Allocates the missing part of the reserve; on an almost full disk, at most half of the remaining space.
    func keepReserve() {
        let (held, missing) = (heldBytes, heldBytesMissing)
        guard missing > 0, fixed == nil, let room = FileSystemRoom(directory) else { return }
        let bytes = min(limits.reserve, (held + room.free) / 2 / 4096 * 4096)
        guard bytes > held else { return }
        let descriptor = open(reserve.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        if posix_fallocate(descriptor, 0, off_t(bytes)) != 0 { ftruncate(descriptor, off_t(held)) }
    }

    /// Restores the reserve, if one was ever kept, after the operation that used it.
    func retakeReserve() { if access(reserve.path, F_OK) == 0 { keepReserve() } }

    func releaseReserve() {
        guard heldBytes > 0 else { return }
        truncate(reserve.path, 0)
    }
}
