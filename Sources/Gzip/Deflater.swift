internal import CZlib

/// An encoder of one gzip member, to which data is given in parts.
///
/// - Source: RFC 1952.
public final class Deflater {
    /// The way in which the data continues after a part of it.
    public enum Next: Sendable {
        /// More data; the encoder may keep back what it has.
        case more
        /// More data, but later: all data so far can be decoded from the output.
        case pause
        case end
    }

    /// Memory of an encoder, in bytes: a window of 8 KiB instead of 32 costs a few percent of the size.
    public static let memory = 68 << 10
    private static let windowBits: Int32 = 13
    private static let memoryLevel: Int32 = 6
    /// Level 4 is twice as fast as zlib's default, 6; the output is about 5 % larger.
    private static let level: Int32 = 4

    private let stream: UnsafeMutablePointer<z_stream>

    /// - Throws: `.outOfMemory`.
    public init() throws(CodingError) {
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        self.stream = stream
        let code = deflateInit2_(
            stream, Self.level, Z_DEFLATED, Self.windowBits + 16, Self.memoryLevel, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        guard code == Z_OK else { throw .outOfMemory }
    }

    deinit {
        deflateEnd(stream)
        stream.deinitialize(count: 1)
        stream.deallocate()
    }

    /// Encodes a part of the data. Call this again with the rest of `input`, which may be empty, while it fills `output`.
    ///
    /// - Parameter next: what follows `input`; the same for all calls with parts of the same `input`.
    /// - Returns: bytes taken from `input` and written to `output`.
    public func encode(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, next: Next
    ) -> (read: Int, written: Int) {
        let (available, space) = (UInt32(clamping: input.count), UInt32(clamping: output.count))
        // SAFETY: zlib reads and writes at most `avail_in` and `avail_out` bytes, and keeps neither pointer that is used later.
        stream.pointee.next_in = UnsafeMutablePointer(mutating: input.bindMemory(to: UInt8.self).baseAddress)
        stream.pointee.avail_in = available
        stream.pointee.next_out = output.bindMemory(to: UInt8.self).baseAddress
        stream.pointee.avail_out = space
        let flush =
            switch next {
            case .more: Z_NO_FLUSH
            case .pause: Z_SYNC_FLUSH
            case .end: Z_FINISH
            }
        // With a valid state and these arguments, the only other result is that no progress is possible.
        _ = deflate(stream, flush)
        return (Int(available - stream.pointee.avail_in), Int(space - stream.pointee.avail_out))
    }
}
