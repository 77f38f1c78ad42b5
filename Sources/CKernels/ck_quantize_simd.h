// The quantisation of one group of ck_gemm_int8.h for vectors of CK_W floats. Included once per level, after ck_vector.h.

/// Stores CK_W values rounded to the nearest integers and clamped to 0...255.
CK_INLINE void CK_AT(store_codes)(uint8_t *codes, V x) {
#if CK_W == 16
    _mm_storeu_si128((__m128i *)codes, _mm512_cvtusepi32_epi8(_mm512_cvtps_epi32((__m512)x)));
#else
    const __m256i whole = _mm256_cvtps_epi32((__m256)x);
    const __m128i halves = _mm_packs_epi32(_mm256_castsi256_si128(whole), _mm256_extracti128_si256(whole, 1));
    _mm_storel_epi64((__m128i *)codes, _mm_packus_epi16(halves, halves));
#endif
}

static row_codes CK_AT(quantize_group)(const float *x, size_t cols, uint8_t *codes) {
    const size_t whole = cols / CK_W * CK_W;
    float least = cols ? x[0] : 0, most = least;
    V lows = CK_AT(fill)(least), highs = lows;
    for (size_t c = 0; c < whole; c += CK_W) {
        const V v = CK_AT(load)(x + c);
        lows = CK_AT(min)(lows, v);
        highs = CK_AT(max)(highs, v);
    }
    least = CK_AT(least)(lows);
    most = CK_AT(greatest)(highs);
    for (size_t c = whole; c < cols; c++) {
        least = fminf(least, x[c]);
        most = fmaxf(most, x[c]);
    }
    const row_codes row = row_codes_of(least, most);
    const V from = CK_AT(fill)(row.low), inverse = CK_AT(fill)(row.inverse);
    for (size_t c = 0; c < whole; c += CK_W) CK_AT(store_codes)(codes + c, (CK_AT(load)(x + c) - from) * inverse);
    finish_group(x, whole, cols, row, codes);
    return row;
}
