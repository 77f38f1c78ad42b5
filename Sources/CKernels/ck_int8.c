#include "ck_int8.h"

#include <math.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

typedef int32_t (*dot_function)(const int8_t *, const int8_t *, size_t);

static int32_t dot_scalar(const int8_t *a, const int8_t *b, size_t n) {
    int32_t sum = 0;
    for (size_t i = 0; i < n; i++) sum += (int32_t)a[i] * b[i];
    return sum;
}

#if defined(__x86_64__)

/// |a| times b with a's sign: `maddubs` wants one side unsigned. Two products of at most 127 · 127 fit 16 bits.
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

/// `dpbusd` wants its first operand unsigned: b + 128, which is b with its top bit flipped. What that adds, 128 · Σ a,
/// is summed beside and taken off. It wraps rather than saturates, so the result is exact modulo 2³².
__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni"))) static int32_t dot_vnni(
    const int8_t *a, const int8_t *b, size_t n) {
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

// 102: after `ck_level.c` has asked the processor.
__attribute__((constructor(102))) static void ck_choose_dot_i8(void) { dot_best = dot_for(CK_AVX512); }

int32_t ck_dot_i8_at(ck_level level, const int8_t *a, const int8_t *b, size_t n) { return dot_for(level)(a, b, n); }

int32_t ck_dot_i8(const int8_t *a, const int8_t *b, size_t n) { return dot_best(a, b, n); }

void ck_encode_i8(const float *x, size_t d, uint8_t *code) {
    float largest = 0;
    for (size_t i = 0; i < d; i++) {
        const float magnitude = fabsf(x[i]);
        if (magnitude > largest) largest = magnitude;
    }
    const float scale = largest / 127;
    int8_t *components = (int8_t *)code;
    // A scale that rounds to 0 stands for a vector too small to tell from 0.
    for (size_t i = 0; i < d; i++) {
        const float component = scale > 0 ? nearbyintf(x[i] / scale) : 0;
        components[i] = (int8_t)(component > 127 ? 127 : component < -127 ? -127 : component);
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

void ck_score_i8_rows_at(
    ck_level level, const int8_t *query, const uint8_t *codes, size_t count, size_t d, float *out) {
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

void ck_score_i8_gather(
    const int8_t *query, const uint8_t *codes, const uint32_t *rows, size_t count, size_t d, float *out) {
    const dot_function dot = dot_best;
    const size_t stride = ck_i8_code_size(d);
    for (size_t i = 0; i < count; i++) {
        if (i + 4 < count) __builtin_prefetch(codes + rows[i + 4] * stride);
        const uint8_t *code = codes + rows[i] * stride;
        out[i] = (float)dot(query, (const int8_t *)code, d) * ck_scale_i8(code, d);
    }
}
