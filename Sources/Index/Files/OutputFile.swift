internal import Foundation

/// A file open for writing; closed at the end of its life.
struct OutputFile: ~Copyable {
    enum Mode {
        /// Made new, or emptied if there is one.
        case replacing
        /// Made new; an error if there is one.
        case creating
        /// There already.
        case existing

        /// Not blocking: a pipe in the file's place is an error and not a wait.
        fileprivate var flags: Int32 {
            switch self {
            case .replacing: O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NONBLOCK
            case .creating: O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NONBLOCK
            case .existing: O_WRONLY | O_CLOEXEC | O_NONBLOCK
            }
        }
    }

    private let descriptor: Int32

    /// - Throws: `.fileFailed`, as every function here.
    init(_ url: URL, _ mode: Mode) throws(IndexError) {
        descriptor = unsafe open(url.path, mode.flags, 0o600)
        guard descriptor >= 0 else { throw Self.systemError("open \(url.lastPathComponent)") }
    }

    deinit { close(descriptor) }

    /// In bytes.
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
            // SAFETY: writes at most what is left of `bytes`, and keeps no pointer.
            let written = unsafe bytes.withUnsafeBytes { buffer in
                unsafe pwrite(
                    descriptor, buffer.baseAddress.map { unsafe $0 + done }, buffer.count - done, offset + done)
            }
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else { throw Self.systemError("write") }
            done += written
        }
    }

    /// Makes the file `length` bytes long.
    func truncate(to length: Int) throws(IndexError) {
        guard ftruncate(descriptor, length) == 0 else { throw Self.systemError("ftruncate") }
    }

    /// Comes back when what was written is on the disk.
    func synchronize() throws(IndexError) {
        guard fsync(descriptor) == 0 else { throw Self.systemError("fsync") }
    }

    static func systemError(_ call: String) -> IndexError { IndexError(.fileFailed, "\(call): error \(errno)") }
}
