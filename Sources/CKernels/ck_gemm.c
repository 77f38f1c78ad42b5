#include "ck_gemm.h"

#include <math.h>
#include <string.h>

#include "ck_erf.h"
#include "ck_tile.h"

// Sources: the blocks that stay in the caches and the packed B are those of Goto & van de Geijn 2008, "Anatomy of high-performance
// matrix multiplication"; the tile that stays in registers, the only part that depends on the processor, is that of Van Zee & van de
// Geijn 2015, "BLIS: a framework for rapidly instantiating BLAS functionality". MC, KC, MR and NR are theirs. Unlike there, A is not packed.

/// MC rows of A and KC steps of k per block: a block's 256 · 384 floats take 384 KB, the 8 · 384 of MR rows take 12 KB.
#define CK_MC 256
#define CK_KC 384
/// Maximum floats of a B assumed to belong to attention (a head of 64 over 512 tokens): what follows it is not prefetched.
#define CK_GEMM_SMALL 32768
/// Size of a cache line, in bytes.
#define CK_LINE 64

size_t ck_gemm_packed_count(size_t k, size_t n) { return (n + CK_GEMM_PANEL - 1) / CK_GEMM_PANEL * CK_GEMM_PANEL * k; }

/// Packs one panel element by element, beginning at step `from` of k.
static void pack_panel(const float *w, size_t cols, size_t from, size_t k, size_t stride, float *packed) {
    for (size_t p = from; p < k; p++)
        for (size_t j = 0; j < CK_GEMM_PANEL; j++) packed[p * CK_GEMM_PANEL + j] = j < cols ? w[j * stride + p] : 0;
}

static void pack_outputs_scalar(const float *w, size_t n, size_t k, size_t stride, float *packed) {
    for (size_t column = 0; column < n; column += CK_GEMM_PANEL) {
        const size_t cols = n - column < CK_GEMM_PANEL ? n - column : CK_GEMM_PANEL;
        pack_panel(w + column * stride, cols, 0, k, stride, packed + column * k);
    }
}

void ck_gemm_pack_rows_f32(const float *b, size_t k, size_t n, size_t stride, float *packed) {
    for (size_t column = 0; column < n; column += CK_GEMM_PANEL) {
        const size_t cols = n - column < CK_GEMM_PANEL ? n - column : CK_GEMM_PANEL;
        for (size_t p = 0; p < k; p++, packed += CK_GEMM_PANEL) {
            const float *from = b + p * stride + column;
            if (cols == CK_GEMM_PANEL)
                memcpy(packed, from, CK_GEMM_PANEL * sizeof *packed);
            else
                for (size_t j = 0; j < CK_GEMM_PANEL; j++) packed[j] = j < cols ? from[j] : 0;
        }
    }
}

// The scalar reference: one panel of one row at a time, with the C library's erf.
static void gemm_scalar(
    const float *a, size_t m, size_t k, size_t lda, const float *packed, size_t n, const float *bias, ck_gemm_result result,
    float *c, size_t ldc) {
    for (size_t row = 0; row < m; row++)
        for (size_t column = 0; column < n; column += CK_GEMM_PANEL) {
            float sum[CK_GEMM_PANEL] = {0};
            for (size_t p = 0; p < k; p++)
                for (size_t j = 0; j < CK_GEMM_PANEL; j++)
                    sum[j] += a[row * lda + p] * packed[column * k + p * CK_GEMM_PANEL + j];
            for (size_t j = 0; j < CK_GEMM_PANEL && column + j < n; j++) {
                float *to = c + row * ldc + column + j;
                float x = result == CK_GEMM_ACCUMULATE ? *to + sum[j] : sum[j];
                if (bias) x += bias[column + j];
                *to = result == CK_GEMM_GELU ? 0.5f * x * (1.0f + erff(x * 0.70710678118654752f)) : x;
            }
        }
}

#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
/// Transposes 8 × 8 floats, from rows that are `stride` apart to rows that are a panel apart.
static void transpose_8x8(const float *w, size_t stride, float *packed) {
    __m256 row[8], pair[8], quad[8];
    for (int i = 0; i < 8; i++) row[i] = _mm256_loadu_ps(w + (size_t)i * stride);
    for (int i = 0; i < 8; i += 2) {
        pair[i] = _mm256_unpacklo_ps(row[i], row[i + 1]);
        pair[i + 1] = _mm256_unpackhi_ps(row[i], row[i + 1]);
    }
    for (int i = 0; i < 8; i += 4)
        for (int half = 0; half < 2; half++) {
            quad[i + 2 * half] = _mm256_shuffle_ps(pair[i + half], pair[i + half + 2], 0x44);
            quad[i + 2 * half + 1] = _mm256_shuffle_ps(pair[i + half], pair[i + half + 2], 0xee);
        }
    for (int i = 0; i < 4; i++) {
        _mm256_storeu_ps(packed + i * CK_GEMM_PANEL, _mm256_permute2f128_ps(quad[i], quad[i + 4], 0x20));
        _mm256_storeu_ps(packed + (i + 4) * CK_GEMM_PANEL, _mm256_permute2f128_ps(quad[i], quad[i + 4], 0x31));
    }
}

static void pack_outputs_avx2(const float *w, size_t n, size_t k, size_t stride, float *packed) {
    const size_t whole = k / 8 * 8;
    for (size_t column = 0; column < n; column += CK_GEMM_PANEL, w += CK_GEMM_PANEL * stride, packed += CK_GEMM_PANEL * k) {
        const size_t cols = n - column < CK_GEMM_PANEL ? n - column : CK_GEMM_PANEL;
        const size_t done = cols == CK_GEMM_PANEL ? whole : 0;
        for (size_t p = 0; p < done; p += 8) {
            transpose_8x8(w + p, stride, packed + p * CK_GEMM_PANEL);
            transpose_8x8(w + 8 * stride + p, stride, packed + p * CK_GEMM_PANEL + 8);
        }
        pack_panel(w, cols, done, k, stride, packed);
    }
}
#pragma clang attribute pop

#define CK_KERNELS "ck_gemm_simd.h"
#include "ck_each_level.h"
#endif

typedef void (*gemm_function)(
    const float *, size_t, size_t, size_t, const float *, size_t, const float *, ck_gemm_result, float *, size_t);

static gemm_function gemm_of(ck_level level) {
#if defined(__x86_64__)
    if (level <= ck_best_level()) {
        if (level == CK_AVX512) return gemm_avx512;
        if (level == CK_AVX2) return gemm_avx2;
    }
#endif
    (void)level;
    return gemm_scalar;
}

typedef void (*pack_function)(const float *, size_t, size_t, size_t, float *);

static pack_function pack_of(ck_level level) {
#if defined(__x86_64__)
    if (level >= CK_AVX2 && level <= ck_best_level()) return pack_outputs_avx2;
#endif
    (void)level;
    return pack_outputs_scalar;
}

static gemm_function best = gemm_scalar;
static pack_function best_pack = pack_outputs_scalar;

// Priority 102: runs after the probe in ck_level.c and before constructors of default priority.
__attribute__((constructor(102))) static void choose(void) {
    best = gemm_of(ck_best_level());
    best_pack = pack_of(ck_best_level());
}

void ck_gemm_pack_outputs_f32(const float *w, size_t n, size_t k, size_t stride, float *packed) {
    best_pack(w, n, k, stride, packed);
}
void ck_gemm_pack_outputs_f32_at(ck_level level, const float *w, size_t n, size_t k, size_t stride, float *packed) {
    pack_of(level)(w, n, k, stride, packed);
}

void ck_gemm_f32(
    const float *a, size_t m, size_t k, size_t lda, const float *packed, size_t n, const float *bias, ck_gemm_result result,
    float *c, size_t ldc) {
    best(a, m, k, lda, packed, n, bias, result, c, ldc);
}
void ck_gemm_f32_at(
    ck_level level, const float *a, size_t m, size_t k, size_t lda, const float *packed, size_t n, const float *bias,
    ck_gemm_result result, float *c, size_t ldc) {
    gemm_of(level)(a, m, k, lda, packed, n, bias, result, c, ldc);
}
