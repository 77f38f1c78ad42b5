import Foundation

/// A regular file that is open for reading, and closed with this object.
public final class OpenFile: Sendable {
    let descriptor: Int32
    /// The size when it was opened, in bytes.
    public let byteCount: Int

    /// - Throws: `POSIXError` if there is no such file, or it is none to read.
    public init(path: String) throws {
        // Without O_NONBLOCK, opening a named pipe would wait for a writer.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw POSIXError(status.st_mode & S_IFMT == S_IFDIR ? .EISDIR : .EINVAL)
        }
        self.descriptor = descriptor
        byteCount = Int(status.st_size)
    }

    deinit { close(descriptor) }
}
