internal import CKernels

// Reading memory that is mapped from a file, which another program may make shorter at any time. An ordinary access to what is
// then missing ends the process (SIGBUS); these say so instead, and take no longer.

/// Copies all of `bytes`.
///
/// - Parameter target: of the same size.
/// - Returns: `false` if not all of them are there any more; the target may then hold anything.
public func copyMapped(_ bytes: UnsafeRawBufferPointer, to target: UnsafeMutableRawBufferPointer) -> Bool {
    precondition(bytes.count == target.count, "mapped: \(bytes.count) bytes for \(target.count)")
    guard let from = bytes.baseAddress, let to = target.baseAddress else { return true }
    // SAFETY: the sizes are equal; what of the source is missing is noticed.
    return unsafe ck_copy_mapped(to, from, bytes.count) == 1
}

/// The dot product of `query` with each of `rows`; row `i` begins at byte `stride · i` of `bytes`.
///
/// - Parameters:
///   - bytes: a mapping in which every one of `rows` ends; aligned for floats, as `stride` is.
///   - scores: one for each of `rows`.
/// - Returns: `false` if not all of the rows are there any more; the scores may then be anything.
public func dotMapped(
    _ query: Span<Float>, _ bytes: UnsafeRawBufferPointer, stride: Int, rows: Span<UInt32>, into scores: inout MutableSpan<Float>
) -> Bool {
    precondition(rows.count == scores.count, "mapped: \(rows.count) rows, room for \(scores.count)")
    let rowBytes = query.count * MemoryLayout<Float>.size
    var last = 0
    for i in rows.indices { last = max(last, Int(rows[i])) }
    precondition(rows.isEmpty || stride * last + rowBytes <= bytes.count, "mapped: row \(last) of \(bytes.count) bytes")
    precondition(stride % MemoryLayout<Float>.alignment == 0, "mapped: rows of \(stride) bytes")
    return unsafe query.withUnsafeBufferPointer { query in
        unsafe rows.withUnsafeBufferPointer { rows in
            unsafe scores.withUnsafeMutableBufferPointer { scores in
                guard let base = bytes.baseAddress else { return rows.isEmpty }
                // SAFETY: every row ends inside of the mapping, as checked; what of it is missing is noticed.
                return unsafe ck_dot_mapped(
                    query.baseAddress, query.count, base.assumingMemoryBound(to: UInt8.self), stride, rows.baseAddress, rows.count,
                    scores.baseAddress) == 1
            }
        }
    }
}
