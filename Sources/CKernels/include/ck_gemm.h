#ifndef CK_GEMM_H
#define CK_GEMM_H

#include <stddef.h>

#include "ck_level.h"

#ifdef __cplusplus
extern "C" {
#endif

// Float32 matrix products whose right side was laid out for the kernels beforehand, as constant weights can be.
//
// The packed form, the same at every level: columns of B in panels of 16, the last filled up with zeros; within a panel
// row by row. Element (p, j) of a k × n matrix is at (j / 16 · k + p) · 16 + j mod 16. A panel boundary is a matrix
// boundary: the columns from 16·q on are the packed matrix that begins at `packed + q · 16 · k`.
// `_at` runs one level, for tests; a level the processor lacks falls back to the scalar version.

/// Columns of a panel.
enum { CK_GEMM_PANEL = 16 };

/// Floats of a packed k × n matrix: n rounded up to whole panels, times k. The caller rules out overflow.
size_t ck_gemm_packed_count(size_t k, size_t n);

/// packed ← Wᵀ, W being n × k (outputs × inputs), row-major, `stride` floats from row to row.
void ck_gemm_pack_outputs_f32(const float *w, size_t n, size_t k, size_t stride, float *packed);
void ck_gemm_pack_outputs_f32_at(
    ck_level level, const float *w, size_t n, size_t k, size_t stride, float *packed);

/// packed ← B, B being k × n, row-major, `stride` floats from row to row.
void ck_gemm_pack_rows_f32(const float *b, size_t k, size_t n, size_t stride, float *packed);

/// What becomes of the product A·B.
typedef enum {
  CK_GEMM_STORE = 0,       ///< C ← A·B + bias
  CK_GEMM_ACCUMULATE = 1,  ///< C ← C + A·B + bias
  CK_GEMM_GELU = 2,        ///< C ← gelu(A·B + bias), as in ck_bert.h
} ck_gemm_result;

/// C (m × n, rows `ldc` apart) from A (m × k, rows `lda` apart) and the packed B (k × n). Any alignment; B at 64 bytes
/// is fastest. `bias` has n floats, or is NULL for none. Allocates nothing. The caches may be asked for what lies behind a
/// large B, which is not read: weights are best packed in the order of their use. An element's value depends on its row of A
/// and its column of B only, not on m, n or where it lies: rows computed together and alone agree bit by bit.
/// Error of an element: at most (k + 4)·2⁻²⁴·Σ|aₚbₚ|, and a rounding for the bias and one for C. (Higham 2002, §3.1)
void ck_gemm_f32(
    const float *a, size_t m, size_t k, size_t lda, const float *packed, size_t n, const float *bias,
    ck_gemm_result result, float *c, size_t ldc);
void ck_gemm_f32_at(
    ck_level level, const float *a, size_t m, size_t k, size_t lda, const float *packed, size_t n, const float *bias,
    ck_gemm_result result, float *c, size_t ldc);

#ifdef __cplusplus
}
#endif

#endif
