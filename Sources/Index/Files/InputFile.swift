internal import Foundation

/// A regular file, open for reading. What is read is a copy: nobody who writes into the file meanwhile changes it, and a file
/// that has become shorter is an error.
final class InputFile: Sendable {
    private let descriptor: Int32
    /// Its length when it was opened, in bytes.
    let count: Int

    /// - Throws: `.missing` if there is no such file; `.unreadable`, `.inconsistent` if it cannot be read.
    init(_ url: URL) throws(SnapshotDefect) {
        // Not blocking: a pipe in the file's place is an error and not a wait.
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

    /// Fills `buffer` from byte `offset` on.
    ///
    /// - Throws: `.truncated` if the file ends before; `.unreadable`.
    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(SnapshotDefect) {
        var done = 0
        while done < buffer.count {
            // SAFETY: reads at most what there is room for.
            let read = unsafe pread(descriptor, buffer.baseAddress.map { unsafe $0 + done }, buffer.count - done, offset + done)
            if read < 0 && errno == EINTR { continue }
            guard read >= 0 else { throw .unreadable(errno) }
            guard read > 0 else { throw .truncated("a section") }
            done += read
        }
    }

    /// `count` numbers from byte `offset` on.
    func array<Element: BitwiseCopyable>(at offset: Int, count: Int, of type: Element.Type) throws(SnapshotDefect) -> [Element] {
        // Made as below, an array of none would write its count into the storage that all empty arrays share.
        guard count > 0 else { return [] }
        var defect: SnapshotDefect?
        let numbers = unsafe [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
            do throws(SnapshotDefect) {
                // SAFETY: only numbers are read this way, and for them any bit pattern will do.
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
