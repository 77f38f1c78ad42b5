import Foundation
import Scheduling

/// An opened file of a `FileOriginalStore`.
final class OriginalFile: OriginalReader {
    let size: Int
    private let descriptor: Int32
    private let owner: String
    private let workers: WorkerPool

    /// - Returns: `nil` if there is no regular file at `path`.
    /// - Throws: `OriginalError`.
    init?(path: String, owner: String, workers: WorkerPool) throws {
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw FileOriginalStore.failure("read", path)
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            return nil
        }
        (size, self.owner, self.workers) = (Int(status.st_size), owner, workers)
    }

    deinit { close(descriptor) }

    func bytes(in range: Range<Int>) async throws -> [UInt8] {
        try await workers.run(for: WorkKey("originals \(owner)"), .long) { [self] _ in try read(range) }
    }

    private func read(_ range: Range<Int>) throws -> [UInt8] {
        precondition(range.lowerBound >= 0 && range.upperBound <= size, "an original of \(size) bytes read at \(range)")
        return try [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
            while count < range.count {
                // SAFETY: `count` is less than the capacity, and at most the remaining bytes are written.
                let got = pread(descriptor, buffer.baseAddress?.advanced(by: count), range.count - count, off_t(range.lowerBound + count))
                if got < 0 && errno == EINTR { continue }
                guard got >= 0 else { throw OriginalError(.unavailable, "an original cannot be read: \(String(cString: strerror(errno)))") }
                guard got > 0 else { throw OriginalError(.truncated, "an original ends before its byte \(range.upperBound)") }
                count += got
            }
        }
    }
}
