// GELU of a vector. Included once per level, after ck_vector.h, in files that include ck_erf.h.

#if CK_W == 16
/// gelu(t) = t/2 + |t|·erf(|t|/√2)/2, with erf in segments. The coefficients of 16 segments fit in one register, from which each
/// lane selects those of its segment. Takes half the instructions of one polynomial; the error of erf is at most 2e-7.
CK_INLINE V CK_AT(gelu)(V t) {
    const V magic = CK_AT(fill)(12582912.0f), scale = CK_AT(fill)(CK_ERF_SEGMENTS_PER_UNIT);
    const V size = (V)_mm512_abs_ps((__m512)t);
    const V u = CK_AT(min)(CK_AT(fill)(5.4f), size);
    // Adding 1.5·2²³ rounds to the nearest integer and leaves it in the low bits.
    const V shifted = CK_AT(fma)(u, scale, magic);
    const __m512i segment = (__m512i)shifted;
    const V f = CK_AT(fma)(u, scale, magic - shifted);
    V p = (V)_mm512_permutexvar_ps(segment, _mm512_loadu_ps(ck_erf_segments[4]));
#pragma clang loop unroll(full)
    for (int k = 3; k >= 0; k--)
        p = CK_AT(fma)(p, f, (V)_mm512_permutexvar_ps(segment, _mm512_loadu_ps(ck_erf_segments[k])));
    return CK_AT(fma)(size, p, t * 0.5f);
}
#else
/// gelu(t) = t/2 · (1 + erf(t/√2)), with erf(t/√2) = t·P(2t²/L² − 1) for |t| < L = 5.3 and ±1 beyond. P has degree 15 and is
/// fitted at Chebyshev nodes for the smallest maximum error of the product: 7e-9, or 1.6e-7 including float rounding.
CK_INLINE V CK_AT(gelu)(V t) {
    const V limit = CK_AT(fill)(5.3f), one = CK_AT(fill)(1.0f);
    V c = CK_AT(max)(-limit, CK_AT(min)(limit, t));
    V s = CK_AT(fma)(c * c, CK_AT(fill)(2.0f / (5.3f * 5.3f)), -one);
    V p = CK_AT(fill)(ck_erf_coefficients[0]);
#pragma clang loop unroll(full)
    for (int k = 1; k < CK_ERF_TERMS; k++) p = CK_AT(fma)(p, s, CK_AT(fill)(ck_erf_coefficients[k]));
    V erf = CK_AT(max)(-one, CK_AT(min)(one, c * p));
    V half = t * 0.5f;
    return CK_AT(fma)(half, erf, half);
}
#endif

/// C ← gelu(C), for a block that a column of tiles has just written and that is still in the L1 cache.
static void CK_AT(gelu_block)(float *c, size_t ldc, size_t rows, size_t cols) {
    for (size_t r = 0; r < rows; r++, c += ldc) {
        size_t at = 0;
        for (; at + CK_W <= cols; at += CK_W) CK_AT(store)(c + at, CK_AT(gelu)(CK_AT(load)(c + at)));
        if (at < cols) CK_AT(store_part)(c + at, CK_AT(gelu)(CK_AT(load_part)(c + at, cols - at, 0)), cols - at);
    }
}
