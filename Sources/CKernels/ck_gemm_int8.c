#include "ck_gemm_int8.h"

#include <math.h>
#include <string.h>

#include "ck_erf.h"
#include "ck_tile.h"

// Sources: the blocks, the packed B and the tiles are those of ck_gemm.c (Goto & van de Geijn 2008, "Anatomy of high-performance matrix
// multiplication"; Van Zee & van de Geijn 2015, "BLIS: a framework for rapidly instantiating BLAS functionality").

/// MC rows of A per block: 256 · 1536 codes take 384 KB.
#define CK_MC 256

/// Columns with smaller weights are treated as zeros: the inverse of their step would overflow a float.
#define CK_LEAST_MAGNITUDE 0x1p-96f

size_t ck_codes_groups(size_t k) { return k == 0 ? 1 : (k + CK_CODES_GROUP - 1) / CK_CODES_GROUP; }

static size_t steps_of(size_t k) { return (k + CK_CODES_STEP - 1) / CK_CODES_STEP; }

size_t ck_codes_packed_count(size_t k, size_t n) {
    return (n + CK_GEMM_PANEL - 1) / CK_GEMM_PANEL * CK_GEMM_PANEL * steps_of(k) * CK_CODES_STEP;
}

static size_t place(size_t p, size_t j, size_t k) {
    return (j / CK_GEMM_PANEL * steps_of(k) + p / CK_CODES_STEP) * CK_CODES_STEP * CK_GEMM_PANEL +
           j % CK_GEMM_PANEL * CK_CODES_STEP + p % CK_CODES_STEP;
}

/// Returns the largest magnitude. Finite floats without their signs are ordered like integers, which the compiler vectorises.
static float magnitude(const float *x, size_t n) {
    uint32_t top = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, x + i, sizeof bits);
        bits &= 0x7fffffff;
        top = bits > top ? bits : top;
    }
    float result;
    memcpy(&result, &top, sizeof result);
    return result;
}

/// Rounds a number of at most 127 to the nearest integer: adding 1.5·2²³ rounds it and leaves it in the low bits.
static int32_t nearest(float x) {
    const float shifted = x + 12582912.0f;
    int32_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    return bits - 0x4b400000;
}

void ck_codes_pack_outputs(const float *w, size_t n, size_t k, size_t stride, int8_t *packed, float *scale, int32_t *sum) {
    memset(packed, 0, ck_codes_packed_count(k, n));
    for (size_t j = 0; j < n; j++, w += stride)
        for (size_t g = 0; g < ck_codes_groups(k); g++) {
            const size_t from = g * CK_CODES_GROUP, to = k - from < CK_CODES_GROUP ? k : from + CK_CODES_GROUP;
            const float top = magnitude(w + from, to - from), inverse = top > CK_LEAST_MAGNITUDE ? 127 / top : 0;
            int32_t total = 0;
            for (size_t p = from; p < to; p += CK_CODES_STEP) {
                int8_t codes[CK_CODES_STEP] = {0};
                const size_t count = to - p < CK_CODES_STEP ? to - p : CK_CODES_STEP;
                for (size_t i = 0; i < count; i++) {
                    const int32_t code = nearest(w[p + i] * inverse);
                    codes[i] = (int8_t)code;
                    total += code;
                }
                memcpy(packed + place(p, j, k), codes, CK_CODES_STEP);
            }
            scale[g * n + j] = inverse > 0 ? top / 127 : 0;
            sum[g * n + j] = total;
        }
}

// The scalar reference: the definition, with the C library's fma and erf.
static void gemm_scalar(
    ck_codes_rows a, size_t m, size_t k, ck_codes_columns w, size_t n, const float *bias, ck_gemm_result result, float *c,
    size_t ldc) {
    const size_t groups = ck_codes_groups(k);
    for (size_t row = 0; row < m; row++)
        for (size_t j = 0; j < n; j++) {
            float *to = c + row * ldc + j;
            float total = *to;
            for (size_t g = 0; g < groups; g++) {
                const size_t from = g * CK_CODES_GROUP, end = k - from < CK_CODES_GROUP ? k : from + CK_CODES_GROUP;
                int32_t sum = 0;
                for (size_t p = from; p < end; p++) sum += a.codes[row * a.stride + p] * w.packed[place(p, j, k)];
                const float shift = g == 0 && bias ? bias[j] : 0;
                const float x = fmaf(
                    (float)sum * a.scale[row * groups + g], w.scale[g * w.group_stride + j],
                    fmaf(a.low[row * groups + g], w.weight[g * w.group_stride + j], shift));
                total = g > 0 || result == CK_GEMM_ACCUMULATE ? total + x : x;
            }
            *to = result == CK_GEMM_GELU ? 0.5f * total * (1.0f + erff(total * 0.70710678118654752f)) : total;
        }
}

#if defined(__x86_64__)
#include <immintrin.h>

// 4 × 16: `maddubs` multiplies unsigned by signed numbers and adds pairs in 16 bits. Therefore a row's codes are shifted to
// −128...127, and their sign is moved to the weight: 2 · 128 · 127 = 32,512 fits in 16 bits.
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define CK_W 8
#define CK_AT(name) name##_avx2
#include "ck_vector.h"
CK_INLINE VI CK_AT(dot)(VI sum, VI left, VI right) {
    const __m256i pairs =
        _mm256_maddubs_epi16(_mm256_abs_epi8((__m256i)left), _mm256_sign_epi8((__m256i)right, (__m256i)left));
    return sum + (VI)_mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
}
#define CK_MR 4
#define CK_NR 16
#define CK_TILES CK_TILES_4x16
#define CK_LEFT(x) ((x) ^ (int32_t)0x80808080)
#define CK_DOT(sum, left, right) CK_AT(dot)(sum, left, right)
#define CK_OFFSET 128
#include "ck_gemm_int8_simd.h"
#include "ck_vector_end.h"
#pragma clang attribute pop

// 6 × 16: multiplies unsigned by signed numbers and accumulates in 32 bits.
#pragma clang attribute push(__attribute__((target("avx2,fma,avxvnni"))), apply_to = function)
#define CK_W 8
#define CK_AT(name) name##_avxvnni
#include "ck_vector.h"
#define CK_MR 6
#define CK_NR 16
#define CK_TILES CK_TILES_6x16
#define CK_LEFT(x) (x)
#define CK_DOT(sum, left, right) ((VI)_mm256_dpbusd_avx_epi32((__m256i)(sum), (__m256i)(left), (__m256i)(right)))
#define CK_OFFSET 0
#include "ck_gemm_int8_simd.h"
#include "ck_vector_end.h"
#pragma clang attribute pop

// 8 × 48, as for float32.
#pragma clang attribute push( \
    __attribute__((target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni"))), apply_to = function)
#define CK_W 16
#define CK_AT(name) name##_avx512vnni
#include "ck_vector.h"
#define CK_MR 8
#define CK_NR 48
#define CK_TILES CK_TILES_8x48
#define CK_LEFT(x) (x)
#define CK_DOT(sum, left, right) ((VI)_mm512_dpbusd_epi32((__m512i)(sum), (__m512i)(left), (__m512i)(right)))
#define CK_OFFSET 0
#include "ck_gemm_int8_simd.h"
#include "ck_vector_end.h"
#pragma clang attribute pop
#endif

typedef void (*gemm_function)(
    ck_codes_rows, size_t, size_t, ck_codes_columns, size_t, const float *, ck_gemm_result, float *, size_t);

int ck_codes_supports(ck_codes_kind kind) {
    if (kind == CK_CODES_SCALAR) return 1;
#if defined(__x86_64__)
    if (kind == CK_CODES_AVX2) return ck_best_level() >= CK_AVX2;
    if (kind == CK_CODES_AVXVNNI) return ck_best_level() >= CK_AVX2 && __builtin_cpu_supports("avxvnni");
    if (kind == CK_CODES_AVX512VNNI) return ck_has_vnni();
#endif
    return 0;
}

ck_codes_kind ck_codes_best(void) {
    for (int kind = CK_CODES_AVX512VNNI; kind > CK_CODES_SCALAR; kind--)
        if (ck_codes_supports((ck_codes_kind)kind)) return (ck_codes_kind)kind;
    return CK_CODES_SCALAR;
}

static gemm_function gemm_of(ck_codes_kind kind) {
#if defined(__x86_64__)
    if (ck_codes_supports(kind)) {
        if (kind == CK_CODES_AVX512VNNI) return gemm_avx512vnni;
        if (kind == CK_CODES_AVXVNNI) return gemm_avxvnni;
        if (kind == CK_CODES_AVX2) return gemm_avx2;
    }
#endif
    (void)kind;
    return gemm_scalar;
}

static gemm_function best = gemm_scalar;

// Priority 102: runs after the probe in ck_level.c and before constructors of default priority.
__attribute__((constructor(102))) static void choose(void) { best = gemm_of(ck_codes_best()); }

void ck_codes_gemm(
    ck_codes_rows a, size_t m, size_t k, ck_codes_columns w, size_t n, const float *bias, ck_gemm_result result, float *c,
    size_t ldc) {
    best(a, m, k, w, n, bias, result, c, ldc);
}
void ck_codes_gemm_as(
    ck_codes_kind kind, ck_codes_rows a, size_t m, size_t k, ck_codes_columns w, size_t n, const float *bias,
    ck_gemm_result result, float *c, size_t ldc) {
    gemm_of(kind)(a, m, k, w, n, bias, result, c, ldc);
}
