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
// so that x[i] is about component · scale, and the error of a component is at most scale / 2.
//
// Limits. Components are in -127 ... 127: -128 never occurs, because the AVX2 kernel takes absolute values in 8 bits
// and adds two products in 16 (127 · 127 · 2 fits, 128 · 128 · 2 would saturate). A dot product of d components is at
// most 127 · 127 · d and fits int32 up to d = 133 143; callers keep d at or below CK_I8_MAX_DIMENSION.
// Any alignment. A count or dimension of 0 is allowed. `_at` runs one level, for tests; a level the processor lacks
// falls back to a lower one.

#define CK_I8_MAX_DIMENSION 65536

/// Bytes of a code of `d` components.
static inline size_t ck_i8_code_size(size_t d) { return d + sizeof(float); }

/// Σ aᵢ·bᵢ over `n` int8, exact.
int32_t ck_dot_i8(const int8_t *a, const int8_t *b, size_t n);
int32_t ck_dot_i8_at(ck_level level, const int8_t *a, const int8_t *b, size_t n);

/// Writes the code of `x`, `d` finite floats. A vector of zeros gets zeros and scale 0.
void ck_encode_i8(const float *x, size_t d, uint8_t *code);

/// The scale of a code.
float ck_scale_i8(const uint8_t *code, size_t d);

/// `query` (d int8, no scale) against one code: dot product times the code's scale.
float ck_score_i8(const int8_t *query, const uint8_t *code, size_t d);

/// `query` against `count` codes that follow each other: out[i] as `ck_score_i8` of code i, to the bit.
void ck_score_i8_rows(const int8_t *query, const uint8_t *codes, size_t count, size_t d, float *out);
void ck_score_i8_rows_at(
    ck_level level, const int8_t *query, const uint8_t *codes, size_t count, size_t d, float *out);

/// `query` against the codes that `rows` names: out[i] as `ck_score_i8` of code rows[i], to the bit. Codes are fetched
/// some rows ahead.
void ck_score_i8_gather(
    const int8_t *query, const uint8_t *codes, const uint32_t *rows, size_t count, size_t d, float *out);
void ck_score_i8_gather_at(
    ck_level level, const int8_t *query, const uint8_t *codes, const uint32_t *rows, size_t count, size_t d,
    float *out);

/// As `ck_score_i8_gather`, for a caller that has fetched the codes, or asked for them, before.
void ck_score_i8_fetched(
    const int8_t *query, const uint8_t *codes, const uint32_t *rows, size_t count, size_t d, float *out);
void ck_score_i8_fetched_at(
    ck_level level, const int8_t *query, const uint8_t *codes, const uint32_t *rows, size_t count, size_t d,
    float *out);

#ifdef __cplusplus
}
#endif

#endif
