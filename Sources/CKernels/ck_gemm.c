#include "ck_gemm.h"

#include <math.h>
#include <string.h>

#include "ck_erf.h"

/// Rows of A and steps of k that are worked on at a time: 128 · 384 floats are 192 KB, a tile's 8 · 384 are 12.
#define CK_GEMM_ROWS 128
#define CK_GEMM_DEPTH 384

size_t ck_gemm_packed_count(size_t k, size_t n) {
  return (n + CK_GEMM_PANEL - 1) / CK_GEMM_PANEL * CK_GEMM_PANEL * k;
}

void ck_gemm_pack_outputs_f32(const float *w, size_t n, size_t k, size_t stride, float *packed) {
  for (size_t column = 0; column < n; column += CK_GEMM_PANEL, w += CK_GEMM_PANEL * stride) {
    const size_t cols = n - column < CK_GEMM_PANEL ? n - column : CK_GEMM_PANEL;
    for (size_t p = 0; p < k; p++, packed += CK_GEMM_PANEL)
      if (cols == CK_GEMM_PANEL)
        for (size_t j = 0; j < CK_GEMM_PANEL; j++) packed[j] = w[j * stride + p];
      else
        for (size_t j = 0; j < CK_GEMM_PANEL; j++) packed[j] = j < cols ? w[j * stride + p] : 0;
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

// The reference: one panel of one row at a time, the C library's erf.
static void gemm_scalar(
    const float *a, size_t m, size_t k, size_t lda, const float *packed, size_t n, const float *bias,
    ck_gemm_result result, float *c, size_t ldc) {
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

// 6 × 16: 12 of the 16 registers add up, two hold a row of the panel, one an element of A.
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define CK_W 8
#define CK_AT(name) name##_avx2
#define CK_TILE_ROWS 6
#define CK_TILE_PANELS 1
#define CK_TILES(TILE) TILE(1, 1) TILE(2, 1) TILE(3, 1) TILE(4, 1) TILE(5, 1) TILE(6, 1)
#include "ck_vector.h"
#include "ck_gelu_simd.h"
#include "ck_gemm_simd.h"
#include "ck_vector_end.h"
#pragma clang attribute pop

// 8 × 48: 24 of the 32 registers add up; 11 loads serve 24 multiplications, and 384, 1152 and 1536 are multiples of 48.
#pragma clang attribute push( \
    __attribute__((target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl"))), apply_to = function)
#define CK_W 16
#define CK_AT(name) name##_avx512
#define CK_TILE_ROWS 8
#define CK_TILE_PANELS 3
#define CK_TILE_ROW(TILE, R) TILE(R, 1) TILE(R, 2) TILE(R, 3)
#define CK_TILES(TILE)                                                                                    \
  CK_TILE_ROW(TILE, 1)                                                                                    \
  CK_TILE_ROW(TILE, 2)                                                                                    \
  CK_TILE_ROW(TILE, 3)                                                                                    \
  CK_TILE_ROW(TILE, 4)                                                                                    \
  CK_TILE_ROW(TILE, 5) CK_TILE_ROW(TILE, 6) CK_TILE_ROW(TILE, 7) CK_TILE_ROW(TILE, 8)
#include "ck_vector.h"
#include "ck_gelu_simd.h"
#include "ck_gemm_simd.h"
#include "ck_vector_end.h"
#pragma clang attribute pop
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

static gemm_function best = gemm_scalar;

// 102: after the probe of ck_level.c, before anything of default priority.
__attribute__((constructor(102))) static void choose(void) { best = gemm_of(ck_best_level()); }

void ck_gemm_f32(
    const float *a, size_t m, size_t k, size_t lda, const float *packed, size_t n, const float *bias,
    ck_gemm_result result, float *c, size_t ldc) {
  best(a, m, k, lda, packed, n, bias, result, c, ldc);
}
void ck_gemm_f32_at(
    ck_level level, const float *a, size_t m, size_t k, size_t lda, const float *packed, size_t n, const float *bias,
    ck_gemm_result result, float *c, size_t ldc) {
  gemm_of(level)(a, m, k, lda, packed, n, bias, result, c, ldc);
}
