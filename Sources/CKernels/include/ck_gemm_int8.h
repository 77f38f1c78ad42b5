#ifndef CK_GEMM_INT8_H
#define CK_GEMM_INT8_H

#include <stddef.h>
#include <stdint.h>

#include "ck_gemm.h"

#ifdef __cplusplus
extern "C" {
#endif

// Products of quantised matrices, in groups of CK_CODES_GROUP steps of k. Within a group an activation's row x is held as
// codes q in 0...255 with x ≈ low + scale · q, its own least value and step; a weight's column as codes w in −127...127 with
// its own step. So a group's part is
//
//   Σ x·W ≈ rows.scale · columns.scale · Σ q·w + rows.low · columns.scale · Σ w
//
// where Σ q·w is exact, the same at every kind, and the parts are added in float32, in order.
//
// The packed form of W, the same at every level: columns in panels of 16, the last filled up with zeros; within a panel
// four steps of k together. Code (p, j) of a k × n matrix is at (j / 16 · K + p / 4 · 4) · 16 + (j mod 16) · 4 + p mod 4,
// K being k rounded up to a multiple of 4, with zeros from k on.

/// Steps of k that stand together.
enum { CK_CODES_STEP = 4 };

/// Steps of k that share a row's range and a column's step; the last group may have fewer. Smaller groups are more exact and
/// slower: docs/decisions/int8-encoder.md has the trial.
enum { CK_CODES_GROUP = 96 };

/// Groups of k steps: one for k = 0.
size_t ck_codes_groups(size_t k);

/// Ways to multiply, best last. Unlike a `ck_level`, a later one need not include an earlier one's instructions.
typedef enum { CK_CODES_SCALAR = 0, CK_CODES_AVX2 = 1, CK_CODES_AVXVNNI = 2, CK_CODES_AVX512VNNI = 3 } ck_codes_kind;

/// Whether this processor runs it.
int ck_codes_supports(ck_codes_kind kind);
ck_codes_kind ck_codes_best(void);

/// Codes of a packed k × n matrix: n rounded up to whole panels, times k rounded up to a multiple of 4. The caller
/// rules out overflow.
size_t ck_codes_packed_count(size_t k, size_t n);

/// packed ← the codes of Wᵀ, W being n × k (outputs × inputs), row-major, `stride` floats from row to row; scale[g·n + j] ← the
/// step of output j in group g, its largest magnitude / 127; sum[g·n + j] ← Σ of its codes. Finite values only. `scale` and `sum`
/// have n elements a group.
void ck_codes_pack_outputs(
    const float *w, size_t n, size_t k, size_t stride, int8_t *packed, float *scale, int32_t *sum);

/// The rows' codes, `stride` bytes apart, a multiple of 4 that is at least `cols`; from `cols` to the next multiple of 4
/// zeros. For each row, group by group, low ← the least value and scale ← a 255th of the range, so that no value is further than
/// scale / 2 and rounding from low + scale · code; a range below 2⁻⁹⁶ counts as none. `_at` runs one level.
void ck_codes_quantize_rows(
    const float *x, size_t rows, size_t cols, size_t x_stride, uint8_t *codes, size_t stride, float *scale, float *low);
void ck_codes_quantize_rows_at(
    ck_level level, const float *x, size_t rows, size_t cols, size_t x_stride, uint8_t *codes, size_t stride,
    float *scale, float *low);

/// out[t] = layernorm(word + position[t] + type) · gamma + beta for `n` tokens of one sequence, as `ck_embed_layernorm_f32`,
/// where word is row ids[t] of a table of quantised rows, with its groups of scales and lows.
void ck_codes_embed_layernorm(
    const int32_t *ids, size_t n, const uint8_t *codes, size_t stride, const float *scale, const float *low,
    const float *position, const float *type, const float *gamma, const float *beta, float eps, size_t cols, float *out);

/// A: m rows of k codes, `stride` bytes apart, and of scales and lows, as `ck_codes_quantize_rows` leaves them.
typedef struct {
  const uint8_t *codes;
  const float *scale, *low;
  size_t stride;
} ck_codes_rows;

/// W: k × n, packed. `weight` is scale · sum; `group_stride` elements of each lie from group to group.
typedef struct {
  const int8_t *packed;
  const float *scale, *weight;
  const int32_t *sum;
  size_t group_stride;
} ck_codes_columns;

/// C (m × n, rows `ldc` apart) from A and W, then the bias (n floats, or NULL) and `result` as in `ck_gemm_f32`.
/// Allocates nothing. An element depends on its row and its column only, and not on the kind, but for GELU's rounding.
void ck_codes_gemm(
    ck_codes_rows a, size_t m, size_t k, ck_codes_columns w, size_t n, const float *bias, ck_gemm_result result, float *c,
    size_t ldc);
/// A kind that the processor lacks falls back to the scalar version.
void ck_codes_gemm_as(
    ck_codes_kind kind, ck_codes_rows a, size_t m, size_t k, ck_codes_columns w, size_t n, const float *bias,
    ck_gemm_result result, float *c, size_t ldc);

#ifdef __cplusplus
}
#endif

#endif
