internal import CFaiss
internal import Kernels

/// The int8 codes of the first `count` rows. A value is immutable: appending rows returns another value.
struct Codes: Sendable {
    let dimension: Int
    let count: Int
    private let buffer: CodeBuffer?

    init(dimension: Int) {
        (self.dimension, count, buffer) = (dimension, 0, nil)
    }

    private init(dimension: Int, count: Int, buffer: CodeBuffer) {
        (self.dimension, self.count, self.buffer) = (dimension, count, buffer)
    }

    /// Creates `count` codes from stored bytes.
    ///
    /// - Parameter fill: must write every byte of the buffer that it receives.
    /// - Throws: what `fill` throws; `.inconsistent` if the allocation fails.
    init(
        dimension: Int, count: Int, fill: (UnsafeMutableRawBufferPointer) throws(SnapshotDefect) -> Void
    ) throws(SnapshotDefect) {
        let (bytes, overflow) = count.multipliedReportingOverflow(by: Int8Code.size(dimension: dimension))
        guard !overflow, let buffer = try? CodeBuffer(capacity: bytes) else { throw .inconsistent("no memory for the rows") }
        try unsafe buffer.fill(bytes, fill)
        self.init(dimension: dimension, count: count, buffer: buffer)
    }

    /// Size of one code, in bytes.
    var stride: Int { Int8Code.size(dimension: dimension) }
    var bytes: Int { count * stride }

    /// Returns these codes followed by `codes`, which must be whole codes. Both values may share memory, so of the values
    /// with a common prefix only one may be appended to; the index's single writer ensures this.
    ///
    /// - Throws: `.exhausted`.
    func appending(_ codes: Span<UInt8>) throws(IndexError) -> Codes {
        precondition(codes.count % stride == 0, "\(codes.count) bytes are not whole codes of \(stride)")
        guard codes.count > 0 else { return self }
        let (total, overflow) = bytes.addingReportingOverflow(codes.count)
        guard !overflow else { throw IndexError(.exhausted, "too many codes: \(bytes) bytes, and \(codes.count) to add") }
        let room = if let buffer, buffer.capacity >= total { buffer } else { try grown(to: total) }
        room.write(codes, at: bytes)
        return Codes(dimension: dimension, count: total / stride, buffer: room)
    }

    /// Returns a copy of the buffer that is at least 1.5 times as large, so that appending copies each row only a few times.
    private func grown(to total: Int) throws(IndexError) -> CodeBuffer {
        let half = bytes / 2
        let larger = try CodeBuffer(capacity: max(total, bytes > Int.max - half ? total : bytes + half))
        withCodes { larger.write($0, at: 0) }
        return larger
    }

    /// Calls `body` with all codes, concatenated.
    func withCodes<Result: ~Copyable, Failure: Error>(
        _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        guard let buffer else { return try body(Span()) }
        return try buffer.withBytes(bytes, body)
    }

    /// Calls `body` with the C view that the graph's functions take.
    func withView<Result: ~Copyable>(_ body: (UnsafePointer<cf_codes>) -> Result) -> Result {
        withCodes { bytes in
            unsafe bytes.withUnsafeBufferPointer { bytes in
                // SAFETY: `count` codes of `stride` bytes, which stay where they are while the buffer is borrowed.
                var view = unsafe cf_codes(bytes: bytes.baseAddress, count: Int64(count), dimension: Int32(dimension))
                return unsafe body(&view)
            }
        }
    }
}
