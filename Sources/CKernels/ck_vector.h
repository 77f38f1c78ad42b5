// Vectors of CK_W floats and their basic operations. Included once per level, inside a
// `#pragma clang attribute push(target(…))`, with CK_W and CK_AT(name) defined and
// <immintrin.h> included outside. ck_vector_end.h undefines its macros.
// It has no include guard, because a file includes it once for each level.

#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef float CK_AT(v) __attribute__((vector_size(CK_W * 4)));
typedef int32_t CK_AT(vi) __attribute__((vector_size(CK_W * 4)));
typedef float CK_AT(vu) __attribute__((vector_size(CK_W * 4), aligned(4), may_alias));

#define V CK_AT(v)
#define VI CK_AT(vi)
#define VU CK_AT(vu)
#define CK_INLINE static inline __attribute__((always_inline, unused))

CK_INLINE V CK_AT(load)(const float *p) { return *(const VU *)p; }
CK_INLINE void CK_AT(store)(float *p, V x) { *(VU *)p = x; }
/// Broadcasts x. x − 0 equals x for every x, so it compiles to one broadcast; 0 + x differs for x = −0.
CK_INLINE V CK_AT(fill)(float x) { return x - (V){}; }
CK_INLINE V CK_AT(fma)(V a, V b, V c) { return __builtin_elementwise_fma(a, b, c); }

/// Loads the first `n` < CK_W floats and sets the other lanes to `rest`. Accesses no memory beyond them.
CK_INLINE V CK_AT(load_part)(const float *p, size_t n, float rest) {
#if CK_W == 16
    return (V)_mm512_mask_loadu_ps((__m512)CK_AT(fill)(rest), (__mmask16)((1u << n) - 1), p);
#else
    const VI first = (VI){0, 1, 2, 3, 4, 5, 6, 7} < (VI){} + (int32_t)n;
    return (V)_mm256_blendv_ps((__m256)CK_AT(fill)(rest), _mm256_maskload_ps(p, (__m256i)first), (__m256)first);
#endif
}

/// Returns x with all lanes after the first `n` < CK_W set to `rest`.
CK_INLINE V CK_AT(keep_part)(V x, size_t n, float rest) {
#if CK_W == 16
    return (V)_mm512_mask_mov_ps((__m512)CK_AT(fill)(rest), (__mmask16)((1u << n) - 1), (__m512)x);
#else
    const VI first = (VI){0, 1, 2, 3, 4, 5, 6, 7} < (VI){} + (int32_t)n;
    return (V)_mm256_blendv_ps((__m256)CK_AT(fill)(rest), (__m256)x, (__m256)first);
#endif
}

CK_INLINE void CK_AT(store_part)(float *p, V x, size_t n) {
#if CK_W == 16
    _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), (__m512)x);
#else
    const VI first = (VI){0, 1, 2, 3, 4, 5, 6, 7} < (VI){} + (int32_t)n;
    _mm256_maskstore_ps(p, (__m256i)first, (__m256)x);
#endif
}

/// Returns the sum of the lanes, added in pairs: the error grows with log₂ of their number.
CK_INLINE float CK_AT(sum)(V x) {
    typedef float v8 __attribute__((vector_size(32)));
    typedef float v4 __attribute__((vector_size(16)));
#if CK_W == 16
    v8 a =
        __builtin_shufflevector(x, x, 0, 1, 2, 3, 4, 5, 6, 7) + __builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15);
#else
    v8 a = x;
#endif
    v4 b = __builtin_shufflevector(a, a, 0, 1, 2, 3) + __builtin_shufflevector(a, a, 4, 5, 6, 7);
    return (b[0] + b[2]) + (b[1] + b[3]);
}

/// Minimum and maximum of each pair of lanes; `b` if one of them is NaN. They take one instruction, unlike the compiler's
/// builtins, which never return NaN.
CK_INLINE V CK_AT(min)(V a, V b) {
#if CK_W == 16
    return (V)_mm512_min_ps((__m512)a, (__m512)b);
#else
    return (V)_mm256_min_ps((__m256)a, (__m256)b);
#endif
}

CK_INLINE V CK_AT(max)(V a, V b) {
#if CK_W == 16
    return (V)_mm512_max_ps((__m512)a, (__m512)b);
#else
    return (V)_mm256_max_ps((__m256)a, (__m256)b);
#endif
}

/// Returns the maximum of the lanes; an unspecified lane if one is NaN.
CK_INLINE float CK_AT(greatest)(V x) {
    typedef float v8 __attribute__((vector_size(32)));
#if CK_W == 16
    v8 a = (v8)_mm256_max_ps(
        (__m256)__builtin_shufflevector(x, x, 0, 1, 2, 3, 4, 5, 6, 7),
        (__m256)__builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15));
#else
    v8 a = x;
#endif
    __m128 b =
        _mm_max_ps((__m128)__builtin_shufflevector(a, a, 0, 1, 2, 3), (__m128)__builtin_shufflevector(a, a, 4, 5, 6, 7));
    b = _mm_max_ps(b, _mm_movehl_ps(b, b));
    b = _mm_max_ss(b, _mm_movehdup_ps(b));
    return b[0];
}

CK_INLINE float CK_AT(least)(V x) { return -CK_AT(greatest)(-x); }
