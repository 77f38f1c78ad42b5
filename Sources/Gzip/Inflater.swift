internal import CZlib

/// A decoder of compressed data that arrives in parts. It holds about 44 KiB and never more than the caller's two buffers besides.
///
/// A gzip stream may have several members, and zeros after the last one, as `gzip` itself accepts. Data in the deflate coding may have
/// zlib's envelope, as HTTP defines it, or none, as some clients send it.
///
/// - Source: RFC 1950, 1951 and 1952; RFC 9110, section 8.4.1.
public final class Inflater {
    public enum Format: Sendable, Hashable {
        case gzip
        case deflate
    }

    private enum State {
        /// Nothing has arrived, or only complete members.
        case betweenMembers
        case inMember
        /// Zeros have followed the last member.
        case inPadding
    }

    private let format: Format
    private let stream: UnsafeMutablePointer<z_stream>
    private var state = State.betweenMembers
    private var isInitialized = false
    /// Number of complete members.
    private var members = 0

    public init(_ format: Format) {
        self.format = format
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
    }

    deinit {
        if isInitialized { inflateEnd(stream) }
        stream.deinitialize(count: 1)
        stream.deallocate()
    }

    /// Decodes the next part of the data. All of `input` has been decoded once it returns with `read == input.count` and with space left in
    /// `output`.
    ///
    /// - Returns: bytes taken from `input` and written to `output`.
    /// - Throws: `.corrupt`; `.outOfMemory`.
    public func decode(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(CodingError) -> (read: Int, written: Int) {
        var (read, written) = (0, 0)
        while true {
            if case .inMember = state {} else { read += try enterMember(UnsafeRawBufferPointer(rebasing: input[read...])) }
            guard case .inMember = state else { return (read, written) }
            let step = try inflateOnce(
                UnsafeRawBufferPointer(rebasing: input[read...]), UnsafeMutableRawBufferPointer(rebasing: output[written...]))
            read += step.read
            written += step.written
            if case .inMember = state { return (read, written) }
        }
    }

    /// Declares the end of the data. No data at all is empty data.
    ///
    /// - Throws: `.truncated`.
    public func finish() throws(CodingError) {
        if case .inMember = state { throw .truncated }
    }

    /// Begins a member if `input` has the first byte of one.
    ///
    /// - Returns: number of bytes of padding that were skipped.
    private func enterMember(_ input: UnsafeRawBufferPointer) throws(CodingError) -> Int {
        let padding = members > 0 && format == .gzip ? input.prefix { $0 == 0 }.count : 0
        if padding > 0 { state = .inPadding }
        guard padding < input.count else { return padding }
        if case .inPadding = state { throw .corrupt }
        guard format == .gzip ? input[0] == 0x1F : members == 0 else { throw .corrupt }
        try begin(firstByte: input[0])
        state = .inMember
        return 0
    }

    private func begin(firstByte: UInt8) throws(CodingError) {
        guard !isInitialized else {
            guard inflateReset(stream) == Z_OK else { throw .corrupt }
            return
        }
        // Raw deflate data does not begin with a byte whose low half is 8, which begins zlib's envelope.
        let bits: Int32 = format == .gzip ? 15 + 16 : firstByte & 0x0F == 8 ? 15 : -15
        guard inflateInit2_(stream, bits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { throw .outOfMemory }
        isInitialized = true
    }

    private func inflateOnce(
        _ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer
    ) throws(CodingError) -> (read: Int, written: Int) {
        let (available, space) = (UInt32(clamping: input.count), UInt32(clamping: output.count))
        guard space > 0 else { return (0, 0) }
        // SAFETY: zlib reads and writes at most `avail_in` and `avail_out` bytes, and keeps neither pointer that is used later.
        stream.pointee.next_in = UnsafeMutablePointer(mutating: input.bindMemory(to: UInt8.self).baseAddress)
        stream.pointee.avail_in = available
        stream.pointee.next_out = output.bindMemory(to: UInt8.self).baseAddress
        stream.pointee.avail_out = space
        let code = inflate(stream, Z_NO_FLUSH)
        let step = (read: Int(available - stream.pointee.avail_in), written: Int(space - stream.pointee.avail_out))
        switch code {
        case Z_STREAM_END:
            state = .betweenMembers
            members += 1
        // `Z_BUF_ERROR` means that there is no more input or no more space.
        case Z_OK, Z_BUF_ERROR: break
        case Z_MEM_ERROR: throw .outOfMemory
        default: throw .corrupt
        }
        return step
    }
}
