#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The bytes of a file to extract: in memory, or mapped read-only from a descriptor, so that a large file takes no memory of its own.
///
/// The file must not shrink while it is mapped.
public final class FileBytes: @unchecked Sendable {
    private let storage: Storage

    // Sendable: the bytes are never written after `init`.
    private enum Storage {
        case array([UInt8])
        case mapped(UnsafeRawBufferPointer)
    }

    public init(_ bytes: [UInt8]) { storage = .array(bytes) }

    /// Maps a whole regular file. The descriptor may be closed afterwards.
    ///
    /// - Throws: `.malformed` if the descriptor cannot be mapped.
    public init(mapping descriptor: Int32) throws(ExtractError) {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw ExtractError(.malformed, "the input is not a regular file")
        }
        let size = Int(status.st_size)
        guard size > 0 else {
            storage = .array([])
            return
        }
        guard let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED else {
            throw ExtractError(.malformed, "the input of \(size) bytes cannot be mapped")
        }
        storage = .mapped(UnsafeRawBufferPointer(start: start, count: size))
    }

    deinit {
        if case .mapped(let buffer) = storage { munmap(UnsafeMutableRawPointer(mutating: buffer.baseAddress), buffer.count) }
    }

    public var count: Int {
        switch storage {
        case .array(let bytes): bytes.count
        case .mapped(let buffer): buffer.count
        }
    }

    /// Calls `body` with all bytes; the pointer is valid during the call only.
    public func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        switch storage {
        case .array(let bytes):
            // The closure of Array's method cannot throw a typed error.
            var result: Swift.Result<Result, Failure>?
            bytes.withUnsafeBytes { buffer in
                do throws(Failure) { result = .success(try body(buffer)) } catch { result = .failure(error) }
            }
            guard let result else { preconditionFailure("the closure did not run") }
            return try result.get()
        case .mapped(let buffer): return try body(buffer)
        }
    }

    /// Returns a copy of the bytes in `range`, clamped to the file.
    public func bytes(_ range: Range<Int>) -> [UInt8] {
        let range = range.clamped(to: 0..<count)
        return withUnsafeBytes { Array($0[range]) }
    }

    /// Returns a copy of all bytes.
    public var all: [UInt8] { if case .array(let bytes) = storage { bytes } else { bytes(0..<count) } }
}
