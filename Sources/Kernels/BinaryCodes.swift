internal import CKernels

/// Binary codes (sign bits) of vectors, one bit per component. The Hamming distance of two codes grows with the angle between the
/// vectors: enough to select candidates, in 1/32 of float32's memory.
///
/// Source: Charikar, "Similarity estimation techniques from rounding algorithms", 2002, with the coordinate axes as the random directions.
public enum BinaryCodes {
    /// Returns the number of 64-bit words of a vector's binary code.
    public static func words(dimension: Int) -> Int { (dimension + 63) / 64 }

    /// Returns the binary codes of consecutive int8 codes, row by row.
    ///
    /// - Parameter codes: whole `Int8Code`s of `dimension` components, at least 1.
    public static func of(codes: Span<UInt8>, dimension: Int) -> [UInt64] {
        let (stride, words) = (Int8Code.size(dimension: dimension), words(dimension: dimension))
        precondition(dimension > 0 && codes.count % stride == 0, "binary codes: \(codes.count) bytes are not whole codes")
        let rows = codes.count / stride
        return unsafe [UInt64](unsafeUninitializedCapacity: rows * words) { binaryCodes, count in
            unsafe codes.withUnsafeBytes { codes in
                for row in 0..<rows {
                    // SAFETY: row `row` is in both buffers, with rows of `stride` bytes and `words` words; a byte may be read as int8.
                    guard let code = codes.baseAddress, let out = binaryCodes.baseAddress else { return }
                    unsafe ck_binary_codes_i8((code + row * stride).assumingMemoryBound(to: Int8.self), dimension, out + row * words)
                }
            }
            count = rows * words
        }
    }

    /// Returns the Hamming distance of `query` to each of `rows`.
    ///
    /// - Parameters:
    ///   - query: the binary code of one vector.
    ///   - codes: the binary codes of the stored rows, each as long as `query`; they must include all of `rows`.
    public static func distances(query: Span<UInt64>, codes: Span<UInt64>, rows: Span<UInt32>) -> [UInt32] {
        let words = query.count
        precondition(words > 0 && codes.count % words == 0, "binary codes: \(codes.count) words are not whole rows of \(words)")
        let stored = codes.count / words
        // SAFETY: reads the `count` rows of the span.
        let highest = unsafe rows.withUnsafeBufferPointer { unsafe ck_greatest_row($0.baseAddress, $0.count) }
        precondition(rows.isEmpty || Int(highest) < stored, "binary codes: row \(highest) of \(stored) is out of range")
        return unsafe [UInt32](unsafeUninitializedCapacity: rows.count) { out, count in
            unsafe query.withUnsafeBufferPointer { query in
                unsafe codes.withUnsafeBufferPointer { codes in
                    unsafe rows.withUnsafeBufferPointer { rows in
                        guard let query = query.baseAddress, let codes = codes.baseAddress, let base = rows.baseAddress,
                            let out = out.baseAddress
                        else { return }
                        // SAFETY: every row and all sizes were checked above; no pointer is kept.
                        unsafe ck_binary_code_distances(query, codes, base, rows.count, words, out)
                    }
                }
            }
            count = rows.count
        }
    }

    /// Returns the `wanted` of `rows` (ascending) with the smallest Hamming distance to `query`, plus all rows that tie with the last of
    /// them, ascending: the same as `leastDistant` of `distances`, in one pass that keeps few rows in memory.
    ///
    /// - Parameters: see `distances` and `leastDistant`.
    public static func nearest(
        _ wanted: Int, to query: Span<UInt64>, codes: Span<UInt64>, rows: Span<UInt32>, dimension: Int
    ) -> [UInt32] {
        let words = query.count
        precondition(words > 0 && codes.count % words == 0, "binary codes: \(codes.count) words are not whole rows of \(words)")
        precondition(wanted >= 0 && dimension > 0, "\(wanted) rows of \(dimension) dimensions")
        // SAFETY: reads the `count` rows of the span.
        let highest = unsafe rows.withUnsafeBufferPointer { unsafe ck_greatest_row($0.baseAddress, $0.count) }
        precondition(rows.isEmpty || Int(highest) < codes.count / words, "binary codes: row \(highest) is out of range")
        let capacity = min(4 * min(wanted, rows.count), rows.count) + Int(CK_NEAREST_BLOCK)
        var counts = [UInt32](repeating: 0, count: dimension + 1)
        var kept = 0
        let nearest = unsafe [UInt32](unsafeUninitializedCapacity: 2 * capacity) { out, count in
            unsafe query.withUnsafeBufferPointer { query in
                unsafe codes.withUnsafeBufferPointer { codes in
                    unsafe rows.withUnsafeBufferPointer { rows in
                        guard let query = query.baseAddress, let codes = codes.baseAddress, let base = rows.baseAddress,
                            let out = out.baseAddress
                        else { return }
                        // SAFETY: every row was checked above; `out` has two parts of `capacity` numbers, the result in
                        // the first; `counts` has one number per distance. No pointer is kept.
                        kept = unsafe ck_nearest_codes(
                            query, codes, base, rows.count, words, wanted, &counts, UInt32(dimension), out + capacity, out, capacity)
                    }
                }
            }
            count = max(kept, 0)
        }
        // SIZE_MAX, which is -1 here: too many rows tie.
        if kept >= 0 { return nearest }
        return leastDistant(wanted, of: rows, distances: distances(query: query, codes: codes, rows: rows), dimension: dimension)
    }

    /// Returns the `wanted` rows with the smallest `distances`, plus all rows that tie with the last of them, in the order of `rows`.
    ///
    /// - Parameter dimension: the vectors' dimension, which is the maximum distance.
    public static func leastDistant(_ wanted: Int, of rows: Span<UInt32>, distances: [UInt32], dimension: Int) -> [UInt32] {
        precondition(rows.count == distances.count && wanted >= 0, "\(rows.count) rows, but \(distances.count) distances")
        var counts = [UInt32](repeating: 0, count: ck_distance_counts(UInt32(dimension)))
        return unsafe [UInt32](unsafeUninitializedCapacity: rows.count) { out, count in
            unsafe rows.withUnsafeBufferPointer { rows in
                guard let rows = rows.baseAddress, let out = out.baseAddress else { return }
                // SAFETY: there are as many rows as distances; `out` and `counts` have room for all that is written.
                count = unsafe ck_least_distant(distances, rows, distances.count, wanted, &counts, UInt32(dimension), out)
            }
        }
    }
}
