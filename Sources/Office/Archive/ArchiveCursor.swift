import CArchive
import Extraction

/// One pass over the entries of a ZIP file, in the order of the file.
final class ArchiveCursor {
    private let source: ArchiveSource
    private let archive: OpaquePointer
    private(set) var position = -1

    struct Entry {
        let name: String
        let isEncrypted: Bool
        /// The sizes that the archive declares, in bytes; 0 if it does not.
        let unpackedBytes: Int
    }

    init(_ file: FileBytes) throws(ExtractError) {
        source = ArchiveSource(file)
        archive = try source.open()
    }

    deinit { archive_read_free(archive) }

    /// Moves to the next entry.
    ///
    /// - Returns: `nil` after the last one.
    /// - Throws: `.malformed` if the archive cannot be read on.
    func next() throws(ExtractError) -> Entry? {
        var raw: OpaquePointer?
        let status = archive_read_next_header(archive, &raw)
        if status == ARCHIVE_EOF { return nil }
        guard status == ARCHIVE_OK || status == ARCHIVE_WARN, let entry = raw else {
            if position < 0 { throw ExtractError(.malformed, "the ZIP archive is damaged") }
            return nil
        }
        position += 1
        let name = archive_entry_pathname_utf8(entry) ?? archive_entry_pathname(entry)
        return Entry(
            name: name.map { String(cString: $0) } ?? "", isEncrypted: archive_entry_is_data_encrypted(entry) != 0,
            unpackedBytes: archive_entry_size_is_set(entry) != 0 ? max(Int(clamping: archive_entry_size(entry)), 0) : 0)
    }

    /// Reads data of the current entry.
    ///
    /// - Returns: the number of bytes; 0 at the end.
    /// - Throws: `.malformed` if the data is damaged, `.encrypted` if it needs a password.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ExtractError) -> Int {
        let count = archive_read_data(archive, buffer.baseAddress, buffer.count)
        if count >= 0 { return count }
        // A wrong checksum is a warning: what was read may be used.
        if count == Int(ARCHIVE_WARN) { return 0 }
        if archive_read_has_encrypted_entries(archive) > 0 { throw ExtractError(.encrypted, "the archive is encrypted") }
        throw ExtractError(.malformed, "an entry of the ZIP archive is damaged")
    }
}
