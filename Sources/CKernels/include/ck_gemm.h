#ifndef CK_GEMM_H
#define CK_GEMM_H

#include <stddef.h>

#include "ck_level.h"

#ifdef __cplusplus
extern "C" {
#endif

// Float32 matrix products with a packed right operand, such as constant weights.
//
// The packed form is the same at every level: panels of 16 columns of B, the last one padded with zeros; within a panel, row by
// row. Element (p, j) of a k × n matrix is at (j / 16 · k + p) · 16 + j mod 16. A packed matrix can be split at panels:
// the columns from 16·q are the packed matrix that begins at `packed + q · 16 · k`.
// `_at` functions use the given level, for tests; a level that the processor lacks falls back to the scalar version.

/// Number of columns of a panel.
enum { CK_GEMM_PANEL = 16 };

/// Number of floats of a packed k × n matrix: n rounded up to whole panels, times k. The caller prevents overflow.
size_t ck_gemm_packed_count(size_t k, size_t n);

/// packed ← Wᵀ, where W is n × k (outputs × inputs), row-major, with `stride` floats between the starts of rows.
void ck_gemm_pack_outputs_f32(const float *w, size_t n, size_t k, size_t stride, float *packed);
void ck_gemm_pack_outputs_f32_at(ck_level level, const float *w, size_t n, size_t k, size_t stride, float *packed);

/// packed ← B, where B is k × n, row-major, with `stride` floats between the starts of rows.
void ck_gemm_pack_rows_f32(const float *b, size_t k, size_t n, size_t stride, float *packed);

/// What is done with the product A·B.
typedef enum {
    CK_GEMM_STORE = 0,       ///< C ← A·B + bias
    CK_GEMM_ACCUMULATE = 1,  ///< C ← C + A·B + bias
    CK_GEMM_GELU = 2,  ///< C ← gelu(A·B + bias), with gelu(t) = t/2 · (1 + erf(t/√2)). The error of erf is at most 2e-7.
} ck_gemm_result;

/// Computes C (m × n, rows `ldc` apart) from A (m × k, rows `lda` apart) and the packed B (k × n). Any alignment is allowed; 64
/// bytes for B are fastest. `bias` has n floats, or is NULL. Does not allocate. May prefetch, but does not read, memory that
/// follows a large B; so pack weights in the order of their use. An element depends only on its row of A and its column of B, not
/// on m, n or its position: the result for a row is bitwise the same whether it is computed alone or with others.
/// Error of an element: at most (k + 4)·2⁻²⁴·Σ|aₚbₚ|, plus one rounding for the bias and one for C. (Higham 2002, §3.1)
void ck_gemm_f32(
    const float *a, size_t m, size_t k, size_t lda, const float *packed, size_t n, const float *bias, ck_gemm_result result,
    float *c, size_t ldc);
void ck_gemm_f32_at(
    ck_level level, const float *a, size_t m, size_t k, size_t lda, const float *packed, size_t n, const float *bias,
    ck_gemm_result result, float *c, size_t ldc);

#ifdef __cplusplus
}
#endif

#endif
