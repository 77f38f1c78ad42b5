#ifndef CK_GEMM_INT8_H
#define CK_GEMM_INT8_H

#include <stddef.h>
#include <stdint.h>

#include "ck_bert.h"
#include "ck_gemm.h"

#ifdef __cplusplus
extern "C" {
#endif

// Products of quantised matrices, in groups of CK_CODES_GROUP steps of k. Within a group, a row x of activations is stored as
// codes q in 0...255 with x ≈ low + scale · q, where low is its minimum and scale its step; a column of weights is stored as
// codes w in −127...127 with a step. The partial result of a group is
//
//   Σ x·W ≈ rows.scale · columns.scale · Σ q·w + rows.low · columns.scale · Σ w
//
// where Σ q·w is exact and the same for every kind. The partial results are added in float32, in order.
//
// The packed form of W is the same for every kind: panels of 16 columns, the last one padded with zeros; within a panel, groups
// of four steps of k. Code (p, j) of a k × n matrix is at (j / 16 · K + p / 4 · 4) · 16 + (j mod 16) · 4 + p mod 4,
// where K is k rounded up to a multiple of 4; the codes from k to K are zeros.

/// Number of consecutive steps of k that are stored together.
enum { CK_CODES_STEP = 4 };

/// Number of steps of k that share a row's range and a column's step; the last group may have fewer. Smaller groups are more
/// precise and slower, see docs/decisions/int8-encoder.md.
enum { CK_CODES_GROUP = 96 };

/// Number of groups of k steps; 1 for k = 0.
size_t ck_codes_groups(size_t k);

/// Implementations of the product, fastest last. Unlike a `ck_level`, one need not include the instructions of earlier ones.
typedef enum { CK_CODES_SCALAR = 0, CK_CODES_AVX2 = 1, CK_CODES_AVXVNNI = 2, CK_CODES_AVX512VNNI = 3 } ck_codes_kind;

/// Returns whether this processor supports the kind.
int ck_codes_supports(ck_codes_kind kind);
ck_codes_kind ck_codes_best(void);

/// Number of codes of a packed k × n matrix: n rounded up to whole panels, times k rounded up to a multiple of 4. The caller
/// prevents overflow.
size_t ck_codes_packed_count(size_t k, size_t n);

/// packed ← the codes of Wᵀ, where W is n × k (outputs × inputs), row-major, with `stride` floats between the starts of rows, and
/// all values finite. scale[g·n + j] ← the step of output j in group g, its largest magnitude / 127; sum[g·n + j] ← the sum of its
/// codes. `scale` and `sum` have n elements per group.
void ck_codes_pack_outputs(const float *w, size_t n, size_t k, size_t stride, int8_t *packed, float *scale, int32_t *sum);

/// Quantises rows. Their codes are `stride` bytes apart, a multiple of 4 that is at least `cols`; codes from `cols` to the next
/// multiple of 4 are zeros. For each row and group, low ← the minimum and scale ← range / 255, so that low + scale · code differs
/// from the value by at most scale / 2, plus rounding. A range below 2⁻⁹⁶ is treated as 0. `_at` uses the given level.
void ck_codes_quantize_rows(
    const float *x, size_t rows, size_t cols, size_t x_stride, uint8_t *codes, size_t stride, float *scale, float *low);
void ck_codes_quantize_rows_at(
    ck_level level, const float *x, size_t rows, size_t cols, size_t x_stride, uint8_t *codes, size_t stride, float *scale,
    float *low);

/// out[t] = layernorm(word + position[t] + type) · gamma + beta for `n` tokens of one sequence, like `ck_embed_layernorm_f32`;
/// word is row ids[t] of a table of quantised rows, with one scale and one low per group.
void ck_codes_embed_layernorm(
    const int32_t *ids, size_t n, const uint8_t *codes, size_t stride, const float *scale, const float *low,
    ck_embedding_terms terms, float *out);

/// A: m rows of k codes, `stride` bytes apart, with their scales and lows, as `ck_codes_quantize_rows` writes them.
typedef struct {
    const uint8_t *codes;
    const float *scale, *low;
    size_t stride;
} ck_codes_rows;

/// W: k × n, packed. `weight` is scale · sum; the elements of consecutive groups are `group_stride` apart.
typedef struct {
    const int8_t *packed;
    const float *scale, *weight;
    const int32_t *sum;
    size_t group_stride;
} ck_codes_columns;

/// Computes C (m × n, rows `ldc` apart) from A and W; bias (n floats, or NULL) and `result` are as in `ck_gemm_f32`. Does not
/// allocate. An element depends only on its row and its column; it does not depend on the kind, except for GELU's rounding.
void ck_codes_gemm(
    ck_codes_rows a, size_t m, size_t k, ck_codes_columns w, size_t n, const float *bias, ck_gemm_result result, float *c,
    size_t ldc);
/// Uses the given kind; one that the processor lacks falls back to the scalar version.
void ck_codes_gemm_as(
    ck_codes_kind kind, ck_codes_rows a, size_t m, size_t k, ck_codes_columns w, size_t n, const float *bias,
    ck_gemm_result result, float *c, size_t ldc);

#ifdef __cplusplus
}
#endif

#endif
