public import Foundation
import Synchronization

/// How much room is kept on the file system that holds the catalog.
public struct StorageLimits: Sendable {
    /// Bytes that must be free for anything to be added.
    public var minimumFree: Int
    /// Bytes that a file holds, to be given up for deletions when nothing else is free.
    public var reserve: Int

    /// By default 32 MiB and 16 MiB, on a file system smaller than 2 GiB in proportion less.
    public init(minimumFree: Int? = nil, reserve: Int? = nil, directory: URL? = nil) {
        let room = directory.flatMap(FileSystemRoom.init)?.total ?? Int.max
        self.minimumFree = minimumFree ?? min(32 << 20, room / 64)
        self.reserve = reserve ?? min(16 << 20, room / 128)
    }

    public static let none = StorageLimits(minimumFree: 0, reserve: 0)
}

/// What of the storage can be used now.
public enum StorageStatus: String, Sendable {
    case writable
    /// Less is free than must be. Reads go on, and what removes something.
    case full
    /// Nothing can be written. Reads go on.
    case readOnly = "read_only"
}

/// Free and total bytes of a file system, for a process without privileges.
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

/// Decides whether something may be added to the catalog, by what is free, and keeps a file in reserve for when nothing is.
final class StorageGuard: Sendable {
    private struct State {
        var isLow = false
        var checked: ContinuousClock.Instant?
        /// After SQLite found the disk full although it seemed not to be: until when that is believed.
        var fullUntil: ContinuousClock.Instant?
    }

    private let directory: URL
    private let limits: StorageLimits
    private let reserve: URL
    private let state = Mutex(State())
    /// Of a catalog that was opened for reading only; else it depends on what is free.
    private let fixed: StorageStatus?
    private let report: CatalogNotice.Handler

    /// How long what was found is believed.
    private static let validity = Duration.milliseconds(100)

    init(catalog: URL, limits: StorageLimits, fixed: StorageStatus? = nil, report: @escaping CatalogNotice.Handler) {
        directory = catalog.deletingLastPathComponent()
        reserve = URL(filePath: catalog.path + "-reserve")
        (self.limits, self.fixed, self.report) = (limits, fixed, report)
        if fixed == .readOnly { report(CatalogNotice(.warning, "the data directory is read-only; only reads are served", ["directory": directory.path])) }
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

    /// Whether less is free than must be, as of now or a moment ago.
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
            // Somewhat more must be free again than was missing, so that it does not go back and forth.
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
                ? CatalogNotice(.error, "storage is full; writes are refused, reads go on", facts)
                : CatalogNotice(.warning, "storage has room again; writes are accepted", facts))
    }

    var status: StorageStatus { fixed ?? (isLow() ? .full : .writable) }

    /// SQLite could not write for want of room.
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
        CatalogError(.storageFull, "storage is full; nothing can be added until space is free")
    }

    // MARK: The reserve

    /// To be called now and then: notices that there is room again, and takes back the reserve after it was used.
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

    /// Allocates what is missing of the reserve. Of a disk that is almost full it takes half of what is left.
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

    /// Takes the reserve back if it was ever kept: whatever used it is done.
    func retakeReserve() { if access(reserve.path, F_OK) == 0 { keepReserve() } }

    func releaseReserve() {
        guard heldBytes > 0 else { return }
        truncate(reserve.path, 0)
    }
}
