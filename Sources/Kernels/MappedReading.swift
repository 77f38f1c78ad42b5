internal import CKernels

// Reads of memory-mapped files, which another program may truncate at any time. An ordinary access past the new end ends the
// process with SIGBUS; these functions return `false` instead, at no extra cost.

/// Copies all of `bytes`.
///
/// - Parameter target: a buffer of the same size.
/// - Returns: `false` if the file was truncated; the contents of `target` are then undefined.
public func copyMapped(_ bytes: UnsafeRawBufferPointer, to target: UnsafeMutableRawBufferPointer) -> Bool {
    precondition(bytes.count == target.count, "mapped: \(bytes.count) bytes do not fit a target of \(target.count)")
    guard let from = bytes.baseAddress, let to = target.baseAddress else { return true }
    // SAFETY: the sizes are equal; the C function handles a truncated source.
    return unsafe ck_copy_mapped(to, from, bytes.count) == 1
}

/// Computes the dot product of `query` with each of `rows`; row `i` begins at byte `stride · i` of `bytes`.
///
/// - Parameters:
///   - bytes: a mapping that contains all of `rows`; it and `stride` must be aligned for floats.
///   - scores: one element for each of `rows`.
/// - Returns: `false` if the file was truncated; the scores are then undefined.
public func dotMapped(
    _ query: Span<Float>, _ bytes: UnsafeRawBufferPointer, stride: Int, rows: Span<UInt32>, into scores: inout MutableSpan<Float>
) -> Bool {
    precondition(rows.count == scores.count, "mapped: \(rows.count) rows, but \(scores.count) scores")
    let rowBytes = query.count * MemoryLayout<Float>.size
    var last = 0
    for i in rows.indices { last = max(last, Int(rows[i])) }
    precondition(rows.isEmpty || stride * last + rowBytes <= bytes.count, "mapped: row \(last) exceeds \(bytes.count) bytes")
    precondition(stride % MemoryLayout<Float>.alignment == 0, "mapped: a stride of \(stride) bytes is not aligned")
    return unsafe query.withUnsafeBufferPointer { query in
        unsafe rows.withUnsafeBufferPointer { rows in
            unsafe scores.withUnsafeMutableBufferPointer { scores in
                guard let base = bytes.baseAddress else { return rows.isEmpty }
                // SAFETY: every row ends inside the mapping, checked above; the C function handles a truncated file.
                return unsafe ck_dot_mapped(
                    query.baseAddress, query.count, base.assumingMemoryBound(to: UInt8.self), stride, rows.baseAddress, rows.count,
                    scores.baseAddress) == 1
            }
        }
    }
}
