#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Memory in which packed matrices lie behind one another, freed with the last of them.
///
/// In large pages where the system has them: products go through megabytes of weights, and with pages of 4 KB they wait
/// for the translation of addresses. Together, since matrices of a model are no multiples of a large page.
@safe public final class PackedMemory {
    private static let largePage = 2 << 20

    /// Ours to free. Zeros but for what was taken.
    private let floats: UnsafeMutableBufferPointer<Float>
    private var used = 0

    /// - Parameter count: floats in all; see `room(inputs:outputs:)`.
    public init(floats count: Int) {
        let bytes = count * MemoryLayout<Float>.stride
        let alignment = bytes < Self.largePage ? packedAlignment : Self.largePage
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes, alignment: alignment)
        if alignment == Self.largePage, let start = memory.baseAddress {
            // Advice only: where it is refused, pages are small. SAFETY: our own memory, of which nothing was used yet.
            _ = unsafe madvise(start, bytes, Int32(MADV_HUGEPAGE))
        }
        unsafe floats = memory.bindMemory(to: Float.self)
        unsafe floats.initialize(repeating: 0)
    }

    deinit { unsafe floats.deallocate() }

    /// Floats that a matrix takes of a memory: those of its packed form, up to the next cache line.
    public static func room(inputs: Int, outputs: Int) -> Int {
        let line = packedAlignment / MemoryLayout<Float>.stride
        return (packedCount(inputs: inputs, outputs: outputs) + line - 1) / line * line
    }

    /// The next matrix's part, aligned to cache lines: valid as long as this object.
    func take(inputs: Int, outputs: Int) -> UnsafeMutableBufferPointer<Float> {
        let room = Self.room(inputs: inputs, outputs: outputs)
        precondition(unsafe room <= floats.count - used, "no room for \(inputs) × \(outputs) more")
        defer { used += room }
        return unsafe UnsafeMutableBufferPointer(rebasing: floats[used..<used + room])
    }
}

/// Bytes: a cache line.
private let packedAlignment = 64
