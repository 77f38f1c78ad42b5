#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Contiguous memory for several packed matrices, freed with the last of them.
///
/// It uses huge pages where available: products read megabytes of weights, and with pages of 4 KB they wait for TLB misses.
/// The matrices share it because their sizes are not multiples of a huge page.
@safe public final class PackedMemory {
    private static let largePage = 2 << 20

    /// The memory, which this object frees. All zeros except the parts taken.
    private let floats: UnsafeMutableBufferPointer<Float>
    private var used = 0

    /// - Parameter count: total number of floats; see `room(inputs:outputs:)`.
    public init(floats count: Int) {
        let bytes = count * MemoryLayout<Float>.stride
        let alignment = bytes < Self.largePage ? packedAlignment : Self.largePage
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes, alignment: alignment)
        if alignment == Self.largePage, let start = memory.baseAddress {
            // If the kernel refuses the advice, pages are small. SAFETY: this object's own memory, not used yet.
            _ = unsafe madvise(start, bytes, Int32(MADV_HUGEPAGE))
        }
        unsafe floats = memory.bindMemory(to: Float.self)
        unsafe floats.initialize(repeating: 0)
    }

    deinit { unsafe floats.deallocate() }

    /// Returns the number of floats that a packed matrix takes, rounded up to whole cache lines.
    public static func room(inputs: Int, outputs: Int) -> Int {
        let line = packedAlignment / MemoryLayout<Float>.stride
        return (packedCount(inputs: inputs, outputs: outputs) + line - 1) / line * line
    }

    /// Allocates the next matrix's part, aligned to cache lines. It is valid as long as this object.
    func take(inputs: Int, outputs: Int) -> UnsafeMutableBufferPointer<Float> {
        let room = Self.room(inputs: inputs, outputs: outputs)
        precondition(unsafe room <= floats.count - used, "no room for another matrix of \(inputs) × \(outputs)")
        defer { used += room }
        return unsafe UnsafeMutableBufferPointer(rebasing: floats[used..<used + room])
    }
}

/// Alignment of packed matrices in bytes: a cache line.
private let packedAlignment = 64
