internal import Foundation

/// A file open for writing, closed at the end of its lifetime.
struct OutputFile: ~Copyable {
    enum Mode {
        /// Creates the file, or truncates an existing one.
        case replacing
        /// Creates the file; fails if it exists.
        case creating
        /// Opens an existing file.
        case existing

        /// Flags for `open`. Non-blocking, so that a pipe in place of the file is an error and does not block.
        fileprivate var flags: Int32 {
            switch self {
            case .replacing: O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NONBLOCK
            case .creating: O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NONBLOCK
            case .existing: O_WRONLY | O_CLOEXEC | O_NONBLOCK
            }
        }
    }

    private let descriptor: Int32

    /// - Throws: `.fileFailed`, like every function of this type.
    init(_ url: URL, _ mode: Mode) throws(IndexError) {
        descriptor = unsafe open(url.path, mode.flags, 0o600)
        guard descriptor >= 0 else { throw Self.systemError("open \(url.lastPathComponent)") }
    }

    deinit { close(descriptor) }

    /// Length of the file, in bytes.
    var length: Int {
        get throws(IndexError) {
            var status = stat()
            guard unsafe fstat(descriptor, &status) == 0 else { throw Self.systemError("fstat") }
            return Int(status.st_size)
        }
    }

    func write(_ bytes: RawSpan, at offset: Int) throws(IndexError) {
        var done = 0
        while done < bytes.byteCount {
            // SAFETY: writes at most the rest of `bytes`, and keeps no pointer.
            let written = unsafe bytes.withUnsafeBytes { buffer in
                unsafe pwrite(
                    descriptor, buffer.baseAddress.map { unsafe $0 + done }, buffer.count - done, offset + done)
            }
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else { throw Self.systemError("write") }
            done += written
        }
    }

    /// Sets the file's length to `length` bytes.
    func truncate(to length: Int) throws(IndexError) {
        guard ftruncate(descriptor, length) == 0 else { throw Self.systemError("ftruncate") }
    }

    /// Flushes the file to disk.
    func synchronize() throws(IndexError) {
        guard fsync(descriptor) == 0 else { throw Self.systemError("fsync") }
    }

    static func systemError(_ call: String) -> IndexError { IndexError(.fileFailed, "\(call): error \(errno)") }
}
