import CArchive
import Extraction

/// The bytes of a ZIP file as libarchive reads them: copied block by block, so that no pointer outlives a call.
final class ArchiveSource {
    private let file: FileBytes
    private var offset = 0
    private let block: UnsafeMutableRawBufferPointer

    private static let blockBytes = 64 << 10

    init(_ file: FileBytes) {
        self.file = file
        block = .allocate(byteCount: Self.blockBytes, alignment: 16)
    }

    deinit { block.deallocate() }

    private static func of(_ user: UnsafeMutableRawPointer?) -> ArchiveSource? {
        user.map { Unmanaged<ArchiveSource>.fromOpaque($0).takeUnretainedValue() }
    }

    private func read(_ start: UnsafeMutablePointer<UnsafeRawPointer?>?) -> Int {
        let count = min(block.count, file.count - offset)
        guard count > 0 else { return 0 }
        file.withUnsafeBytes { block.copyBytes(from: $0[offset..<offset + count]) }
        start?.pointee = UnsafeRawPointer(block.baseAddress)
        offset += count
        return count
    }

    private func skip(_ request: Int64) -> Int64 {
        let count = min(max(Int(clamping: request), 0), file.count - offset)
        offset += count
        return Int64(count)
    }

    private func seek(_ distance: Int64, _ whence: Int32) -> Int64 {
        let origin = whence == 1 ? offset : whence == 2 ? file.count : 0
        let (target, overflow) = origin.addingReportingOverflow(Int(clamping: distance))
        guard !overflow, target >= 0 else { return Int64(ARCHIVE_FATAL) }
        offset = min(target, file.count)
        return Int64(offset)
    }

    /// Opens the file as a ZIP with a central directory. The archive must not outlive the source.
    ///
    /// - Throws: `.malformed` if it is not one.
    func open() throws(ExtractError) -> OpaquePointer {
        guard let archive = archive_read_new() else { throw ExtractError(.malformed, "the archive reader could not be created") }
        archive_read_support_format_zip_seekable(archive)
        archive_read_set_callback_data(archive, Unmanaged.passUnretained(self).toOpaque())
        archive_read_set_read_callback(archive) { _, user, start in ArchiveSource.of(user)?.read(start) ?? -1 }
        archive_read_set_skip_callback(archive) { _, user, request in ArchiveSource.of(user)?.skip(request) ?? 0 }
        archive_read_set_seek_callback(archive) { _, user, distance, whence in
            ArchiveSource.of(user)?.seek(distance, whence) ?? Int64(ARCHIVE_FATAL)
        }
        offset = 0
        guard archive_read_open1(archive) == ARCHIVE_OK else {
            archive_read_free(archive)
            throw ExtractError(.malformed, "the file is not a complete ZIP archive")
        }
        return archive
    }
}
