#ifndef CK_FLOAT_H
#define CK_FLOAT_H

#include <stddef.h>

#include "ck_level.h"

#ifdef __cplusplus
extern "C" {
#endif

// Any alignment is allowed. For a count of 0, the pointers are not read and the result is 0.
// `_at` functions use the given level, for tests; a level that the processor lacks falls back to the scalar version.

/// Σ aᵢ·bᵢ over `n` floats.
float ck_dot_f32(const float *a, const float *b, size_t n);
float ck_dot_f32_at(ck_level level, const float *a, const float *b, size_t n);

/// x ← alpha·x.
void ck_scale_f32(float alpha, float *x, size_t n);
void ck_scale_f32_at(ck_level level, float alpha, float *x, size_t n);

/// Divides `x` by its Euclidean norm and returns that norm. A vector whose norm is 0, NaN or ∞ is not changed.
/// Sums the squares in double precision if single precision would overflow or underflow.
float ck_normalize_f32(float *x, size_t n);

#ifdef __cplusplus
}
#endif

#endif
