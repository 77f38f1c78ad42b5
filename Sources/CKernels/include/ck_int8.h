#ifndef CK_INT8_H
#define CK_INT8_H

#include <stddef.h>
#include <stdint.h>

#include "ck_level.h"

#ifdef __cplusplus
extern "C" {
#endif

// Vectors as int8 codes with one scale each. A code of `d` components is `d + 4` bytes:
//   bytes 0 ..< d       the components, round(x[i] / scale), each in -127 ... 127
//   bytes d ..< d + 4   the scale, max |x[i]| / 127, a float32 in the processor's byte order, not aligned
// x[i] is approximately component · scale, and the error of a component is at most scale / 2.
//
// Limits: components are in -127 ... 127. -128 must not occur, because the AVX2 kernel takes absolute values in 8 bits
// and adds two products in 16 bits (127 · 127 · 2 fits, 128 · 128 · 2 would saturate). A dot product of d components is at
// most 127 · 127 · d and fits int32 up to d = 133 143; d must be at most CK_I8_MAX_DIMENSION.
// Any alignment is allowed, and a count or dimension of 0. `_at` functions use the given level, for tests; a level that the
// processor lacks falls back to a lower one.

#define CK_I8_MAX_DIMENSION 65536

/// Size of a code of `d` components, in bytes.
static inline size_t ck_i8_code_size(size_t d) { return d + sizeof(float); }

/// Σ aᵢ·bᵢ over `n` int8 numbers, exact.
int32_t ck_dot_i8(const int8_t *a, const int8_t *b, size_t n);
int32_t ck_dot_i8_at(ck_level level, const int8_t *a, const int8_t *b, size_t n);

/// Writes the code of `x`, which has `d` finite floats. The code of a zero vector has components and scale 0.
void ck_encode_i8(const float *x, size_t d, uint8_t *code);

/// Returns the scale of a code.
float ck_scale_i8(const uint8_t *code, size_t d);

/// Returns the dot product of `query` (d int8 numbers, no scale) and a code, times the code's scale.
float ck_score_i8(const int8_t *query, const uint8_t *code, size_t d);

/// Scores `query` against `count` contiguous codes: out[i] is bitwise equal to `ck_score_i8` of code i.
void ck_score_i8_rows(const int8_t *query, const uint8_t *codes, size_t count, size_t d, float *out);
void ck_score_i8_rows_at(ck_level level, const int8_t *query, const uint8_t *codes, size_t count, size_t d, float *out);

/// Scores `query` against gathered codes: out[i] is bitwise equal to `ck_score_i8` of code rows[i]. Prefetches codes some
/// rows ahead.
void ck_score_i8_gather(const int8_t *query, const uint8_t *codes, const uint32_t *rows, size_t count, size_t d, float *out);
void ck_score_i8_gather_at(
    ck_level level, const int8_t *query, const uint8_t *codes, const uint32_t *rows, size_t count, size_t d, float *out);

/// Like `ck_score_i8_gather`, for a caller that has already loaded or prefetched the codes.
void ck_score_i8_fetched(
    const int8_t *query, const uint8_t *codes, const uint32_t *rows, size_t count, size_t d, float *out);
void ck_score_i8_fetched_at(
    ck_level level, const int8_t *query, const uint8_t *codes, const uint32_t *rows, size_t count, size_t d, float *out);

#ifdef __cplusplus
}
#endif

#endif
