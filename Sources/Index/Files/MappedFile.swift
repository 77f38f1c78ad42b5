internal import Foundation
internal import Kernels

/// A regular file, memory-mapped for reading at its current length. The server only appends to files or replaces them by
/// renaming, so the mapping stays valid after its file has grown or been replaced or deleted. If another program truncates
/// the file, reads detect it.
@safe final class MappedFile: @unchecked Sendable {
    // @unchecked: the mapping is never written to, and unmapped once, in `deinit`.
    private let base: UnsafeMutableRawPointer?
    let count: Int

    /// - Parameter isReadAtRandom: whether accesses are random, so that the kernel does not read ahead.
    /// - Throws: `.missing` if there is no such file; `.unreadable` if it cannot be mapped.
    init(_ url: URL, isReadAtRandom: Bool = false) throws(SnapshotDefect) {
        let descriptor = unsafe open(url.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw errno == ENOENT || errno == ENOTDIR ? .missing : .unreadable(errno) }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw .unreadable(errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .inconsistent("not a regular file") }
        count = Int(status.st_size)
        guard count > 0 else {
            unsafe base = nil
            return
        }
        let mapping = unsafe mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0)
        guard unsafe mapping != MAP_FAILED, let mapping = unsafe mapping else { throw .unreadable(errno) }
        unsafe base = mapping
        if isReadAtRandom { unsafe madvise(mapping, count, Int32(MADV_RANDOM)) }
    }

    deinit { if let base = unsafe base { unsafe munmap(base, count) } }

    /// Returns a copy of `count` bytes from `offset`; `nil` if the range is outside the mapping or the file was truncated.
    func bytes(at offset: Int, count: Int) -> [UInt8]? { copy(at: offset, count: count, of: UInt8.self) }

    /// Returns a copy of `count` floats from byte `offset`, a multiple of four; `nil` as for `bytes`.
    func floats(at offset: Int, count: Int) -> [Float]? { copy(at: offset, count: count, of: Float.self) }

    private func copy<Number: BitwiseCopyable>(at offset: Int, count: Int, of type: Number.Type) -> [Number]? {
        guard let bytes = unsafe bytes(offset, count * MemoryLayout<Number>.stride) else { return nil }
        var isWhole = false
        let copy = unsafe [Number](unsafeUninitializedCapacity: count) { buffer, initialized in
            // SAFETY: the sizes in bytes are equal, and any bit pattern is a valid number.
            isWhole = unsafe copyMapped(bytes, to: UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: buffer[..<count])))
            initialized = isWhole ? count : 0
        }
        return isWhole ? copy : nil
    }

    /// Returns the dot product of `vector` with the floats of each of `rows`. Row `i` begins at byte `offset + i * stride`.
    /// Returns `nil` if the file was truncated.
    func dotProducts(_ vector: [Float], offset: Int, stride: Int, rows: [UInt32]) -> [Float]? {
        var scores = [Float](repeating: 0, count: rows.count)
        guard let bytes = unsafe bytes(offset, count - offset) else { return nil }
        var span = scores.mutableSpan
        // SAFETY: the mapping lives as long as `self`; `dotMapped` checks that the rows are inside it.
        return unsafe dotMapped(vector.span, bytes, stride: stride, rows: rows.span, into: &span) ? scores : nil
    }

    private func bytes(_ offset: Int, _ length: Int) -> UnsafeRawBufferPointer? {
        guard offset >= 0, length >= 0, offset <= count, length <= count - offset else { return nil }
        // SAFETY: inside the mapping.
        return unsafe UnsafeRawBufferPointer(start: base.map { unsafe UnsafeRawPointer($0) + offset }, count: length)
    }
}
