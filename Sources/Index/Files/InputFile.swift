internal import Foundation

/// A regular file, open for reading. Reads return copies, which later writes to the file do not affect; a file that has
/// become shorter is an error.
final class InputFile: Sendable {
    private let descriptor: Int32
    /// Length of the file when it was opened, in bytes.
    let count: Int

    /// - Throws: `.missing` if there is no such file; `.unreadable`, `.inconsistent` if it cannot be read.
    init(_ url: URL) throws(SnapshotDefect) {
        // Non-blocking, so that a pipe in place of the file is an error and does not block.
        let descriptor = unsafe open(url.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw errno == ENOENT || errno == ENOTDIR ? .missing : .unreadable(errno) }
        self.descriptor = descriptor
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            close(descriptor)
            throw .unreadable(errno)
        }
        count = Int(status.st_size)
        guard status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw .inconsistent("not a regular file")
        }
    }

    deinit { close(descriptor) }

    /// Fills `buffer` with the file's bytes from `offset`.
    ///
    /// - Throws: `.truncated` if the file ends before the buffer is full; `.unreadable`.
    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(SnapshotDefect) {
        var done = 0
        while done < buffer.count {
            // SAFETY: reads at most as many bytes as the buffer has room for.
            let read = unsafe pread(descriptor, buffer.baseAddress.map { unsafe $0 + done }, buffer.count - done, offset + done)
            if read < 0 && errno == EINTR { continue }
            guard read >= 0 else { throw .unreadable(errno) }
            guard read > 0 else { throw .truncated("a section") }
            done += read
        }
    }

    /// Returns `count` numbers from byte `offset`.
    func array<Element: BitwiseCopyable>(at offset: Int, count: Int, of type: Element.Type) throws(SnapshotDefect) -> [Element] {
        // The initializer below, with a capacity of 0, would write to the storage that all empty arrays share.
        guard count > 0 else { return [] }
        var defect: SnapshotDefect?
        let numbers = unsafe [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
            do throws(SnapshotDefect) {
                // SAFETY: `Element` is a number type, for which any bit pattern is valid.
                try unsafe read(at: offset, into: UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: buffer[..<count])))
                initialized = count
            } catch {
                defect = error
            }
        }
        if let defect { throw defect }
        return numbers
    }
}
