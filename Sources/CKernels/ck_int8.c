#include "ck_int8.h"

#include <math.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/// Number of rows prefetched ahead of the scored one, if rows are not contiguous.
#define CK_AHEAD 8

static inline void prefetch(const uint8_t *bytes, size_t count) {
    for (size_t at = 0; at < count; at += 64) __builtin_prefetch(bytes + at);
}

typedef int32_t (*dot_function)(const int8_t *, const int8_t *, size_t);

static int32_t dot_scalar(const int8_t *a, const int8_t *b, size_t n) {
    int32_t sum = 0;
    for (size_t i = 0; i < n; i++) sum += (int32_t)a[i] * b[i];
    return sum;
}

#if defined(__x86_64__)

/// Multiplies |a| by b with a's sign, because `maddubs` requires one unsigned operand. Two products of 127 · 127 fit 16 bits.
__attribute__((target("avx2,fma"))) static inline __m256i products_avx2(__m256i a, __m256i b) {
    const __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(a), _mm256_sign_epi8(b, a));
    return _mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
}

__attribute__((target("avx2,fma"))) static int32_t dot_avx2(const int8_t *a, const int8_t *b, size_t n) {
    __m256i sum0 = _mm256_setzero_si256(), sum1 = _mm256_setzero_si256();
    size_t i = 0;
    for (; i + 64 <= n; i += 64) {
        const __m256i a0 = _mm256_loadu_si256((const __m256i *)(a + i));
        const __m256i a1 = _mm256_loadu_si256((const __m256i *)(a + i + 32));
        const __m256i b0 = _mm256_loadu_si256((const __m256i *)(b + i));
        const __m256i b1 = _mm256_loadu_si256((const __m256i *)(b + i + 32));
        sum0 = _mm256_add_epi32(sum0, products_avx2(a0, b0));
        sum1 = _mm256_add_epi32(sum1, products_avx2(a1, b1));
    }
    if (i + 32 <= n) {
        const __m256i a0 = _mm256_loadu_si256((const __m256i *)(a + i));
        const __m256i b0 = _mm256_loadu_si256((const __m256i *)(b + i));
        sum0 = _mm256_add_epi32(sum0, products_avx2(a0, b0));
        i += 32;
    }
    sum0 = _mm256_add_epi32(sum0, sum1);
    __m128i half = _mm_add_epi32(_mm256_castsi256_si128(sum0), _mm256_extracti128_si256(sum0, 1));
    half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0x4e));
    half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0xb1));
    return _mm_cvtsi128_si32(half) + dot_scalar(a + i, b + i, n - i);
}

#define CK_VNNI __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")))

/// `dpbusd` requires an unsigned first operand: b + 128, which is b with its top bit flipped. The excess, 128 · Σ a, is
/// summed separately and subtracted. Sums wrap instead of saturating, so the result is exact modulo 2³².
CK_VNNI static int32_t dot_vnni(const int8_t *a, const int8_t *b, size_t n) {
    const __m512i flip = _mm512_set1_epi8((char)0x80);
    __m512i biased = _mm512_setzero_si512(), bias = _mm512_setzero_si512();
    size_t i = 0;
    for (; i + 64 <= n; i += 64) {
        const __m512i va = _mm512_loadu_si512(a + i);
        const __m512i vb = _mm512_loadu_si512(b + i);
        biased = _mm512_dpbusd_epi32(biased, _mm512_xor_si512(vb, flip), va);
        bias = _mm512_dpbusd_epi32(bias, flip, va);
    }
    if (i < n) {
        const __mmask64 rest = ~0ULL >> (64 - (n - i));
        const __m512i va = _mm512_maskz_loadu_epi8(rest, a + i);
        const __m512i vb = _mm512_maskz_loadu_epi8(rest, b + i);
        biased = _mm512_dpbusd_epi32(biased, _mm512_xor_si512(vb, flip), va);
        bias = _mm512_dpbusd_epi32(bias, flip, va);
    }
    return _mm512_reduce_add_epi32(_mm512_sub_epi32(biased, bias));
}

/// Returns 128 · Σ a: the amount that flipping the top bits of the other operand adds to a dot product.
CK_VNNI static int32_t bias_vnni(const int8_t *a, size_t n) {
    const __m512i flip = _mm512_set1_epi8((char)0x80);
    __m512i bias = _mm512_setzero_si512();
    for (size_t i = 0; i < n; i += 64) {
        const __mmask64 rest = n - i < 64 ? ~0ULL >> (64 - (n - i)) : ~0ULL;
        bias = _mm512_dpbusd_epi32(bias, flip, _mm512_maskz_loadu_epi8(rest, a + i));
    }
    return _mm512_reduce_add_epi32(bias);
}

/// Returns the sum of the 16 numbers of each of four registers, in order.
CK_VNNI static inline __m128i sums_of_four(__m512i a, __m512i b, __m512i c, __m512i d) {
    const __m256i a8 = _mm256_add_epi32(_mm512_castsi512_si256(a), _mm512_extracti64x4_epi64(a, 1));
    const __m256i b8 = _mm256_add_epi32(_mm512_castsi512_si256(b), _mm512_extracti64x4_epi64(b, 1));
    const __m256i c8 = _mm256_add_epi32(_mm512_castsi512_si256(c), _mm512_extracti64x4_epi64(c, 1));
    const __m256i d8 = _mm256_add_epi32(_mm512_castsi512_si256(d), _mm512_extracti64x4_epi64(d, 1));
    const __m256i sums = _mm256_hadd_epi32(_mm256_hadd_epi32(a8, b8), _mm256_hadd_epi32(c8, d8));
    return _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
}

/// Scores four codes at once: loads the query once and reduces the sums together. As `dot_vnni`, times each code's scale.
CK_VNNI static inline void score_four_vnni(
    const int8_t *query, int32_t bias, const uint8_t *const codes[4], size_t d, float *out) {
    const __m512i flip = _mm512_set1_epi8((char)0x80);
    __m512i s0 = _mm512_setzero_si512(), s1 = s0, s2 = s0, s3 = s0;
    size_t i = 0;
    for (; i + 64 <= d; i += 64) {
        const __m512i q = _mm512_loadu_si512(query + i);
        s0 = _mm512_dpbusd_epi32(s0, _mm512_xor_si512(_mm512_loadu_si512(codes[0] + i), flip), q);
        s1 = _mm512_dpbusd_epi32(s1, _mm512_xor_si512(_mm512_loadu_si512(codes[1] + i), flip), q);
        s2 = _mm512_dpbusd_epi32(s2, _mm512_xor_si512(_mm512_loadu_si512(codes[2] + i), flip), q);
        s3 = _mm512_dpbusd_epi32(s3, _mm512_xor_si512(_mm512_loadu_si512(codes[3] + i), flip), q);
    }
    if (i < d) {
        const __mmask64 rest = ~0ULL >> (64 - (d - i));
        const __m512i q = _mm512_maskz_loadu_epi8(rest, query + i);
        s0 = _mm512_dpbusd_epi32(s0, _mm512_xor_si512(_mm512_maskz_loadu_epi8(rest, codes[0] + i), flip), q);
        s1 = _mm512_dpbusd_epi32(s1, _mm512_xor_si512(_mm512_maskz_loadu_epi8(rest, codes[1] + i), flip), q);
        s2 = _mm512_dpbusd_epi32(s2, _mm512_xor_si512(_mm512_maskz_loadu_epi8(rest, codes[2] + i), flip), q);
        s3 = _mm512_dpbusd_epi32(s3, _mm512_xor_si512(_mm512_maskz_loadu_epi8(rest, codes[3] + i), flip), q);
    }
    const __m128i dots = _mm_sub_epi32(sums_of_four(s0, s1, s2, s3), _mm_set1_epi32(bias));
    const __m128 scales =
        _mm_setr_ps(ck_scale_i8(codes[0], d), ck_scale_i8(codes[1], d), ck_scale_i8(codes[2], d), ck_scale_i8(codes[3], d));
    _mm_storeu_ps(out, _mm_mul_ps(_mm_cvtepi32_ps(dots), scales));
}

CK_VNNI static void score_rows_vnni(const int8_t *query, const uint8_t *codes, size_t count, size_t d, float *out) {
    const size_t stride = ck_i8_code_size(d);
    const int32_t bias = bias_vnni(query, d);
    size_t i = 0;
    for (; i + 4 <= count; i += 4) {
        const uint8_t *first = codes + i * stride;
        const uint8_t *const four[4] = {first, first + stride, first + 2 * stride, first + 3 * stride};
        score_four_vnni(query, bias, four, d, out + i);
    }
    for (; i < count; i++) {
        const uint8_t *code = codes + i * stride;
        out[i] = (float)dot_vnni(query, (const int8_t *)code, d) * ck_scale_i8(code, d);
    }
}

/// Scores gathered rows without prefetching: their codes are in the cache or already requested.
CK_VNNI static inline void score_named_vnni(
    const int8_t *query, int32_t bias, const uint8_t *codes, const uint32_t *rows, size_t count, size_t d, float *out) {
    const size_t stride = ck_i8_code_size(d);
    size_t i = 0;
    for (; i + 4 <= count; i += 4) {
        const uint8_t *const four[4] = {
            codes + rows[i] * stride, codes + rows[i + 1] * stride, codes + rows[i + 2] * stride,
            codes + rows[i + 3] * stride};
        score_four_vnni(query, bias, four, d, out + i);
    }
    if (i < count) {
        const uint8_t *four[4];
        for (size_t j = 0; j < 4; j++) four[j] = codes + rows[i + j < count ? i + j : i] * stride;
        float scores[4];
        score_four_vnni(query, bias, four, d, scores);
        memcpy(out + i, scores, (count - i) * sizeof *out);
    }
}

CK_VNNI static void score_fetched_vnni(
    const int8_t *query, const uint8_t *codes, const uint32_t *rows, size_t count, size_t d, float *out) {
    score_named_vnni(query, bias_vnni(query, d), codes, rows, count, d, out);
}

CK_VNNI static void score_gather_vnni(
    const int8_t *query, const uint8_t *codes, const uint32_t *rows, size_t count, size_t d, float *out) {
    const size_t stride = ck_i8_code_size(d);
    const int32_t bias = bias_vnni(query, d);
    for (size_t i = 0; i < count && i < CK_AHEAD; i++) prefetch(codes + rows[i] * stride, stride);
    for (size_t i = 0; i < count; i += 4) {
        for (size_t j = i + CK_AHEAD; j < i + CK_AHEAD + 4 && j < count; j++) prefetch(codes + rows[j] * stride, stride);
        score_named_vnni(query, bias, codes, rows + i, count - i < 4 ? count - i : 4, d, out + i);
    }
}

#endif

static dot_function dot_for(ck_level level) {
#if defined(__x86_64__)
    const ck_level best = ck_best_level();
    if (level > best) level = best;
    if (level >= CK_AVX512 && ck_has_vnni()) return dot_vnni;
    if (level >= CK_AVX2) return dot_avx2;
#else
    (void)level;
#endif
    return dot_scalar;
}

static dot_function dot_best = dot_scalar;

// Priority 102: runs after the probe in ck_level.c.
__attribute__((constructor(102))) static void ck_choose_dot_i8(void) { dot_best = dot_for(CK_AVX512); }

int32_t ck_dot_i8_at(ck_level level, const int8_t *a, const int8_t *b, size_t n) { return dot_for(level)(a, b, n); }

int32_t ck_dot_i8(const int8_t *a, const int8_t *b, size_t n) { return dot_best(a, b, n); }

#define CK_PARTS 16

/// Returns max |x[i]|, with 16 partial maxima so that the loop vectorises.
static float largest_magnitude(const float *x, size_t d) {
    float largest[CK_PARTS] = {0};
    size_t i = 0;
    for (; i + CK_PARTS <= d; i += CK_PARTS) {
        for (size_t j = 0; j < CK_PARTS; j++) {
            const float magnitude = fabsf(x[i + j]);
            largest[j] = magnitude > largest[j] ? magnitude : largest[j];
        }
    }
    for (; i < d; i++) largest[0] = fabsf(x[i]) > largest[0] ? fabsf(x[i]) : largest[0];
    for (size_t j = 1; j < CK_PARTS; j++) largest[0] = largest[j] > largest[0] ? largest[j] : largest[0];
    return largest[0];
}

void ck_encode_i8(const float *x, size_t d, uint8_t *code) {
    // Adding and subtracting 1.5 · 2²³ rounds a number below 2²² to the nearest integer, ties to even, like `nearbyintf`, but
    // in a form that the compiler vectorises.
    const float rounding = 12582912;
    const float scale = largest_magnitude(x, d) / 127;
    int8_t *components = (int8_t *)code;
    // If the scale rounds to 0, the vector is indistinguishable from 0.
    if (scale > 0) {
        for (size_t i = 0; i < d; i++) {
            // A denormal scale may be imprecise, so the quotient is clamped.
            const float quotient = x[i] / scale;
            const float bounded = quotient > 127 ? 127 : quotient < -127 ? -127 : quotient;
            components[i] = (int8_t)(int32_t)((bounded + rounding) - rounding);
        }
    } else {
        memset(components, 0, d);
    }
    memcpy(code + d, &scale, sizeof scale);
}

float ck_scale_i8(const uint8_t *code, size_t d) {
    float scale;
    memcpy(&scale, code + d, sizeof scale);
    return scale;
}

float ck_score_i8(const int8_t *query, const uint8_t *code, size_t d) {
    return (float)ck_dot_i8(query, (const int8_t *)code, d) * ck_scale_i8(code, d);
}

/// Returns whether the multi-row kernels are available at this level.
static int scores_by_vnni(ck_level level) {
#if defined(__x86_64__)
    return level >= CK_AVX512 && ck_has_vnni();
#else
    (void)level;
    return 0;
#endif
}

void ck_score_i8_rows_at(ck_level level, const int8_t *query, const uint8_t *codes, size_t count, size_t d, float *out) {
#if defined(__x86_64__)
    if (scores_by_vnni(level)) return score_rows_vnni(query, codes, count, d, out);
#endif
    const dot_function dot = dot_for(level);
    const size_t stride = ck_i8_code_size(d);
    for (size_t i = 0; i < count; i++) {
        const uint8_t *code = codes + i * stride;
        out[i] = (float)dot(query, (const int8_t *)code, d) * ck_scale_i8(code, d);
    }
}

void ck_score_i8_rows(const int8_t *query, const uint8_t *codes, size_t count, size_t d, float *out) {
    ck_score_i8_rows_at(CK_AVX512, query, codes, count, d, out);
}

void ck_score_i8_gather_at(
    ck_level level, const int8_t *query, const uint8_t *codes, const uint32_t *rows, size_t count, size_t d, float *out) {
#if defined(__x86_64__)
    if (scores_by_vnni(level)) return score_gather_vnni(query, codes, rows, count, d, out);
#endif
    const dot_function dot = dot_for(level);
    const size_t stride = ck_i8_code_size(d);
    for (size_t i = 0; i < count && i < CK_AHEAD; i++) prefetch(codes + rows[i] * stride, stride);
    for (size_t i = 0; i < count; i++) {
        if (i + CK_AHEAD < count) prefetch(codes + rows[i + CK_AHEAD] * stride, stride);
        const uint8_t *code = codes + rows[i] * stride;
        out[i] = (float)dot(query, (const int8_t *)code, d) * ck_scale_i8(code, d);
    }
}

void ck_score_i8_fetched_at(
    ck_level level, const int8_t *query, const uint8_t *codes, const uint32_t *rows, size_t count, size_t d, float *out) {
#if defined(__x86_64__)
    if (scores_by_vnni(level)) return score_fetched_vnni(query, codes, rows, count, d, out);
#endif
    const dot_function dot = dot_for(level);
    const size_t stride = ck_i8_code_size(d);
    for (size_t i = 0; i < count; i++) {
        const uint8_t *code = codes + rows[i] * stride;
        out[i] = (float)dot(query, (const int8_t *)code, d) * ck_scale_i8(code, d);
    }
}

void ck_score_i8_gather(
    const int8_t *query, const uint8_t *codes, const uint32_t *rows, size_t count, size_t d, float *out) {
    ck_score_i8_gather_at(CK_AVX512, query, codes, rows, count, d, out);
}

void ck_score_i8_fetched(
    const int8_t *query, const uint8_t *codes, const uint32_t *rows, size_t count, size_t d, float *out) {
    ck_score_i8_fetched_at(CK_AVX512, query, codes, rows, count, d, out);
}
