internal import Foundation
internal import Kernels

/// A regular file, mapped for reading as long as it is now. Files are replaced by renaming, and only ever appended to, so
/// the mapping stays whole even after its file has grown, been replaced or deleted. What another program has cut off is
/// noticed when it is read.
@safe final class MappedFile: @unchecked Sendable {
    // @unchecked: the mapping is never written to, and unmapped once, when nobody refers to it.
    private let base: UnsafeMutableRawPointer?
    let count: Int

    /// - Parameter isReadAtRandom: whether reading ahead would be of no use.
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

    /// A copy of `count` bytes from `offset` on; `nil` if not all of them are there, or not any more.
    func bytes(at offset: Int, count: Int) -> [UInt8]? { copy(at: offset, count: count, of: UInt8.self) }

    /// A copy of `count` floats from byte `offset` on, a multiple of four; `nil` if not all of them are there any more.
    func floats(at offset: Int, count: Int) -> [Float]? { copy(at: offset, count: count, of: Float.self) }

    private func copy<Number: BitwiseCopyable>(at offset: Int, count: Int, of type: Number.Type) -> [Number]? {
        guard let bytes = unsafe bytes(offset, count * MemoryLayout<Number>.stride) else { return nil }
        var isWhole = false
        let copy = unsafe [Number](unsafeUninitializedCapacity: count) { buffer, initialized in
            // SAFETY: as many bytes as `count` numbers have, and for a number any bit pattern will do.
            isWhole = unsafe copyMapped(bytes, to: UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: buffer[..<count])))
            initialized = isWhole ? count : 0
        }
        return isWhole ? copy : nil
    }

    /// The dot product of `vector` with the floats of each of `rows`, which are `stride` bytes apart, the first at byte `offset`;
    /// `nil` if not all of them are there any more.
    func dotProducts(_ vector: [Float], offset: Int, stride: Int, rows: [UInt32]) -> [Float]? {
        var scores = [Float](repeating: 0, count: rows.count)
        guard let bytes = unsafe bytes(offset, count - offset) else { return nil }
        var span = scores.mutableSpan
        // SAFETY: the mapping lives as long as `self`; that the rows are inside of it is checked there.
        return unsafe dotMapped(vector.span, bytes, stride: stride, rows: rows.span, into: &span) ? scores : nil
    }

    private func bytes(_ offset: Int, _ length: Int) -> UnsafeRawBufferPointer? {
        guard offset >= 0, length >= 0, offset <= count, length <= count - offset else { return nil }
        // SAFETY: inside the mapping.
        return unsafe UnsafeRawBufferPointer(start: base.map { unsafe UnsafeRawPointer($0) + offset }, count: length)
    }
}
