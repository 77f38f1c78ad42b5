/// Scratch memory that the threads of one forward pass share: within a step each thread writes a part that no other uses,
/// and `PassSchedule` keeps the steps apart. Aligned to cache lines.
@safe final class SharedBuffer<Element: BitwiseCopyable & ExpressibleByIntegerLiteral> {
    private var elements = unsafe UnsafeMutableBufferPointer<Element>(start: nil, count: 0)

    deinit { unsafe elements.deallocate() }

    /// Makes room for `count` elements. Growing discards the content; the buffer never shrinks. Only the pass's leader calls
    /// this, before its first step.
    func reserve(_ count: Int) {
        guard unsafe elements.count < count else { return }
        unsafe elements.deallocate()
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: count * MemoryLayout<Element>.stride, alignment: 64)
        unsafe elements = memory.bindMemory(to: Element.self)
        unsafe elements.initialize(repeating: 0)
    }

    /// Calls `body` with all elements, to read what an earlier step, or this share of this step, wrote.
    func withSpan<Result>(_ body: (Span<Element>) -> Result) -> Result {
        // SAFETY: self, which owns the memory, outlives the call; a span cannot escape it.
        let result = unsafe body(Span(_unsafeElements: UnsafeBufferPointer(elements)))
        extendLifetime(self)
        return result
    }

    /// Calls `body` with all elements or a part of them, to write this share's part of the step.
    func withMutableSpan<Failure: Error>(
        _ part: Range<Int>? = nil, _ body: (inout MutableSpan<Element>) throws(Failure) -> Void
    ) throws(Failure) {
        let part = unsafe part ?? elements.indices
        precondition(unsafe part.lowerBound >= 0 && part.upperBound <= elements.count, "elements \(part) are out of bounds")
        // SAFETY: as above, and the part was checked; the kernels write only the elements that their layouts name, and
        // the shares' layouts do not overlap.
        var span = unsafe MutableSpan(_unsafeElements: UnsafeMutableBufferPointer(rebasing: elements[part]))
        defer { extendLifetime(self) }
        try body(&span)
    }
}

// SAFETY: see the type's comment: the parts that threads write do not overlap, and a step's writes are published by
// PassSchedule before the next step reads them.
extension SharedBuffer: @unchecked Sendable {}

typealias SharedFloats = SharedBuffer<Float>
