internal import Foundation
#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// A file's bytes, mapped read-only and shared with every process that maps it.
///
/// Access to a file that was truncated while it was mapped raises SIGBUS, as with every mapping. Therefore model files are
/// replaced by renaming a new one into place, never overwritten.
@safe final class MappedFile {
    /// The bytes of the file, valid as long as this object exists; empty for an empty file.
    let bytes: UnsafeRawBufferPointer

    /// - Throws: `.modelMissing` if the file does not exist, `.modelInvalid` if it is not a regular file, cannot be read, or
    ///   is larger than `limit` bytes.
    init(_ url: URL, limit: Int = .max) throws(EmbeddingError) {
        let name = url.lastPathComponent
        // Without O_NONBLOCK, opening a FIFO would wait for its writer.
        let descriptor = unsafe url.path.withCString { unsafe open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { throw EmbeddingError(.modelMissing, "\(name): no such file") }
            throw .invalid(name, "file", "cannot be opened: errno \(errno)")
        }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw .invalid(name, "file", "not a regular file")
        }
        let size = Int(status.st_size)
        guard size <= limit else { throw .invalid(name, "file", "size must be at most \(limit) bytes, got \(size)") }
        guard size > 0 else {
            unsafe bytes = UnsafeRawBufferPointer(start: nil, count: 0)
            return
        }
        // SAFETY: a fresh private mapping of `size` bytes, unmapped once, in deinit.
        guard let start = unsafe mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), unsafe start != MAP_FAILED else {
            throw .invalid(name, "file", "cannot be mapped: errno \(errno)")
        }
        unsafe bytes = UnsafeRawBufferPointer(start: start, count: size)
    }

    deinit {
        if let start = unsafe bytes.baseAddress {
            unsafe munmap(UnsafeMutableRawPointer(mutating: start), bytes.count)
        }
    }

    /// Asks the kernel to read the file ahead of its use.
    func prefetch() {
        if let start = unsafe bytes.baseAddress {
            _ = unsafe madvise(UnsafeMutableRawPointer(mutating: start), bytes.count, MADV_WILLNEED)
        }
    }

    /// Releases the file's pages from this process's memory; the next access reads them from the file again.
    func releasePages() {
        if let start = unsafe bytes.baseAddress {
            // SAFETY: our own read-only mapping, which the file backs: its content cannot be lost.
            _ = unsafe madvise(UnsafeMutableRawPointer(mutating: start), bytes.count, MADV_DONTNEED)
        }
    }

    /// Calls `body` with the bytes of the file.
    func withSpan<Result>(_ body: (Span<UInt8>) throws(EmbeddingError) -> Result) throws(EmbeddingError) -> Result {
        let bytes = unsafe self.bytes
        // SAFETY: self, which owns the mapping, outlives the call; a span cannot escape it.
        defer { extendLifetime(self) }
        return try unsafe body(Span(_unsafeBytes: bytes))
    }

    /// Returns a copy of the bytes; for small files.
    func copy() -> [UInt8] { unsafe [UInt8](bytes) }
}

// SAFETY: the bytes are read-only and the only state.
extension MappedFile: @unchecked Sendable {}
