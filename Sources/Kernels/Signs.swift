internal import CKernels

/// The signs of vectors, a bit a component. In how many bits two differ grows with the angle between them: for a thirty-second
/// of float32's memory, enough to tell which rows are worth a closer look.
///
/// Source: Charikar, "Similarity estimation techniques from rounding algorithms", 2002, with the axes for random directions.
public enum Signs {
    /// Words of the signs of a vector.
    public static func words(dimension: Int) -> Int { (dimension + 63) / 64 }

    /// The signs of codes that follow each other, row after row.
    ///
    /// - Parameter codes: whole `Int8Code`s of `dimension` components, at least 1.
    public static func of(codes: Span<UInt8>, dimension: Int) -> [UInt64] {
        let (stride, words) = (Int8Code.size(dimension: dimension), words(dimension: dimension))
        precondition(dimension > 0 && codes.count % stride == 0, "signs: \(codes.count) bytes of codes")
        let rows = codes.count / stride
        return unsafe [UInt64](unsafeUninitializedCapacity: rows * words) { signs, count in
            unsafe codes.withUnsafeBytes { codes in
                for row in 0..<rows {
                    // SAFETY: row `row` of both, whose sizes are `stride` bytes and `words` words; a byte may be read as int8.
                    guard let code = codes.baseAddress, let out = signs.baseAddress else { return }
                    unsafe ck_signs_i8((code + row * stride).assumingMemoryBound(to: Int8.self), dimension, out + row * words)
                }
            }
            count = rows * words
        }
    }

    /// In how many bits `query` differs from each of `rows`.
    ///
    /// - Parameters:
    ///   - query: the signs of one vector.
    ///   - signs: of stored rows, as many words each; every one of `rows` must be among them.
    public static func distances(query: Span<UInt64>, signs: Span<UInt64>, rows: Span<UInt32>) -> [UInt32] {
        let words = query.count
        precondition(words > 0 && signs.count % words == 0, "signs: \(signs.count) words by \(words)")
        let stored = signs.count / words
        // SAFETY: a reading of all rows of the span.
        let highest = unsafe rows.withUnsafeBufferPointer { unsafe ck_greatest_row($0.baseAddress, $0.count) }
        precondition(rows.isEmpty || Int(highest) < stored, "signs: row \(highest) of \(stored)")
        return unsafe [UInt32](unsafeUninitializedCapacity: rows.count) { out, count in
            unsafe query.withUnsafeBufferPointer { query in
                unsafe signs.withUnsafeBufferPointer { signs in
                    unsafe rows.withUnsafeBufferPointer { rows in
                        guard let query = query.baseAddress, let signs = signs.baseAddress, let base = rows.baseAddress,
                            let out = out.baseAddress
                        else { return }
                        // SAFETY: every row and all sizes were checked above; no pointer is kept.
                        unsafe ck_sign_distances(query, signs, base, rows.count, words, out)
                    }
                }
            }
            count = rows.count
        }
    }

    /// Those of `rows` with the `wanted` least of their `distances`, and all that are as far as the last of them, in their order.
    ///
    /// - Parameter dimension: of the vectors, above which no distance is.
    public static func leastDistant(_ wanted: Int, of rows: Span<UInt32>, distances: [UInt32], dimension: Int) -> [UInt32] {
        precondition(rows.count == distances.count && wanted >= 0, "signs: \(rows.count) rows, \(distances.count) distances")
        var counts = [UInt32](repeating: 0, count: ck_distance_counts(UInt32(dimension)))
        return unsafe [UInt32](unsafeUninitializedCapacity: rows.count) { out, count in
            unsafe rows.withUnsafeBufferPointer { rows in
                guard let rows = rows.baseAddress, let out = out.baseAddress else { return }
                // SAFETY: as many rows as distances, room for all of them; no more is written of the counts than there are.
                count = unsafe ck_least_distant(distances, rows, distances.count, wanted, &counts, UInt32(dimension), out)
            }
        }
    }
}
