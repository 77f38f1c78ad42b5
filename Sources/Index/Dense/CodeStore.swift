internal import CFaiss

/// The FAISS index of int8 codes: the only owner of its handle.
@safe struct CodeStore: ~Copyable {
    private let raw: OpaquePointer
    let dimension: Int

    init(dimension: Int) throws(IndexError) {
        var raw: OpaquePointer?
        var error = cf_error()
        let status = unsafe cf_codes_new(Int32(clamping: dimension), &raw, &error)
        guard status == CF_OK, let raw = unsafe raw else { throw IndexError(status, error) }
        unsafe self.raw = raw
        self.dimension = dimension
    }

    deinit { unsafe cf_codes_free(raw) }

    var count: Int { unsafe Int(cf_codes_count(raw)) }

    /// Bytes of one code.
    var stride: Int { dimension + MemoryLayout<Float>.size }

    /// Encodes and appends whole vectors, row-major; appends nothing if it throws.
    mutating func add(_ vectors: [Float]) throws(IndexError) {
        precondition(vectors.count % dimension == 0, "vectors of \(vectors.count) floats")
        var error = cf_error()
        // SAFETY: whole vectors; FAISS copies what it keeps.
        let status = unsafe vectors.withUnsafeBufferPointer { vectors in
            unsafe cf_codes_add(raw, Int64(vectors.count / dimension), vectors.baseAddress, &error)
        }
        guard status == CF_OK else { throw IndexError(status, error) }
    }

    /// Appends whole codes; appends nothing if it throws.
    mutating func append(codes: Span<UInt8>) throws(IndexError) {
        precondition(codes.count % stride == 0, "codes of \(codes.count) bytes")
        var error = cf_error()
        // SAFETY: whole codes; FAISS copies what it keeps.
        let status = unsafe codes.withUnsafeBufferPointer { codes in
            unsafe cf_codes_append(raw, Int64(codes.count / stride), codes.baseAddress, &error)
        }
        guard status == CF_OK else { throw IndexError(status, error) }
    }

    /// All codes, one after the other.
    func withCodes<Result: ~Copyable, Failure: Error>(
        _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        // SAFETY: `count` codes of `stride` bytes, which stay where they are while `self` is borrowed.
        let bytes = unsafe UnsafeBufferPointer(start: cf_codes_bytes(raw), count: count * stride)
        return unsafe try body(bytes.span)
    }

    /// For the graph's calls, which take both handles.
    var handle: OpaquePointer { unsafe raw }
}

// SAFETY: every function that takes the handle as `const` is a read in FAISS; the others are `mutating`.
extension CodeStore: @unchecked Sendable {}

extension IndexError {
    init(_ status: cf_status, _ error: cf_error) {
        let detail = unsafe withUnsafeBytes(of: error.message) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        switch status {
        case CF_NO_MEMORY: self.init(.exhausted, detail)
        default: self.init(.internal, detail)
        }
    }
}
