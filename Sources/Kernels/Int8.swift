internal import CKernels

/// Int8 codes of vectors, with one scale each: a quarter of float32's memory, and scores accurate enough to find candidates.
///
/// A code of `d` components is `d + 4` bytes: `d` components in `-127...127`, then the scale `max|x| / 127` as a
/// float32. A component is off by at most half the scale.
public enum Int8Code {
    /// Maximum dimension: up to it, a dot product of codes cannot overflow 32 bits.
    public static let maximumDimension = Int(CK_I8_MAX_DIMENSION)

    /// Returns the size of a code, in bytes.
    public static func size(dimension: Int) -> Int { dimension + MemoryLayout<Float>.size }

    /// Returns the code of `vector`, which must have at most `maximumDimension` components, all finite.
    public static func encode(_ vector: Span<Float>) -> [UInt8] {
        precondition(vector.count <= maximumDimension, "encode: too many components: \(vector.count)")
        return unsafe [UInt8](unsafeUninitializedCapacity: size(dimension: vector.count)) { code, count in
            unsafe vector.withUnsafeBufferPointer { x in
                // SAFETY: reads `x.count` floats, writes `x.count + 4` bytes, which is the capacity asked for.
                unsafe ck_encode_i8(x.baseAddress, x.count, code.baseAddress)
                count = size(dimension: x.count)
            }
        }
    }

    /// Scores `query` against consecutive codes: the dot product of the components times the code's scale, which is the
    /// dot product of the vectors except for the query's scale.
    ///
    /// - Parameters:
    ///   - query: a code of `dimension` components; its scale is ignored.
    ///   - codes: whole codes of `dimension` components.
    ///   - scores: at least one float per code; further elements are not changed.
    public static func score(
        query: Span<UInt8>, codes: Span<UInt8>, dimension: Int, into scores: inout MutableSpan<Float>
    ) {
        let stride = size(dimension: dimension)
        let rows = codes.count / stride
        precondition(query.count == stride, "score: a query of \(query.count) bytes")
        precondition(codes.count % stride == 0 && rows <= scores.count, "score: \(codes.count) bytes of codes do not match")
        unsafe query.withUnsafeBufferPointer { query in
            unsafe codes.withUnsafeBufferPointer { codes in
                unsafe scores.withUnsafeMutableBufferPointer { scores in
                    guard let query = query.baseAddress, let codes = codes.baseAddress, let out = scores.baseAddress
                    else { return }
                    // SAFETY: sizes checked above; a byte may be read as int8; no pointer is kept.
                    unsafe query.withMemoryRebound(to: Int8.self, capacity: dimension) { components in
                        unsafe ck_score_i8_rows(components, codes, rows, dimension, out)
                    }
                }
            }
        }
    }

    /// Scores `query` as above against the codes of `rows`; every row must be in `codes`.
    public static func score(
        query: Span<UInt8>, codes: Span<UInt8>, rows: Span<UInt32>, dimension: Int,
        into scores: inout MutableSpan<Float>
    ) {
        let stride = size(dimension: dimension)
        let stored = codes.count / stride
        precondition(query.count == stride, "score: a query of \(query.count) bytes")
        precondition(rows.count == scores.count, "score: \(rows.count) rows, but \(scores.count) scores")
        for i in rows.indices { precondition(Int(rows[i]) < stored, "score: row \(rows[i]) of \(stored) is out of range") }
        unsafe query.withUnsafeBufferPointer { query in
            unsafe codes.withUnsafeBufferPointer { codes in
                unsafe rows.withUnsafeBufferPointer { rows in
                    unsafe scores.withUnsafeMutableBufferPointer { scores in
                        guard let query = query.baseAddress, let codes = codes.baseAddress,
                            let base = rows.baseAddress, let out = scores.baseAddress
                        else { return }
                        // SAFETY: every row and all sizes were checked above; no pointer is kept.
                        unsafe query.withMemoryRebound(to: Int8.self, capacity: dimension) { components in
                            unsafe ck_score_i8_gather(components, codes, base, rows.count, dimension, out)
                        }
                    }
                }
            }
        }
    }
}
