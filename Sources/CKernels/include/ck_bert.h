#ifndef CK_BERT_H
#define CK_BERT_H

#include <stddef.h>
#include <stdint.h>

#include "ck_level.h"

#ifdef __cplusplus
extern "C" {
#endif

// What a BERT layer does besides matrix products. Matrices are row-major, rows follow each other without a gap
// unless a stride is given (in floats). Any alignment; `rows` or `cols` of 0 do nothing.
// `_at` runs one level, for tests; a level the processor lacks falls back to the scalar version.

/// x[r][c] ← x[r][c] + bias[c].
void ck_add_bias_f32(float *x, const float *bias, size_t rows, size_t cols);
void ck_add_bias_f32_at(ck_level level, float *x, const float *bias, size_t rows, size_t cols);

/// x ← gelu(x + bias), with gelu(t) = t/2 · (1 + erf(t/√2)). The error function is within 2e-7 of the true one.
void ck_bias_gelu_f32(float *x, const float *bias, size_t rows, size_t cols);
void ck_bias_gelu_f32_at(ck_level level, float *x, const float *bias, size_t rows, size_t cols);

/// residual ← layernorm(x + bias + residual) · gamma + beta, each row for itself; variance is the biased one.
void ck_bias_residual_layernorm_f32(
    const float *x, const float *bias, float *residual, const float *gamma, const float *beta, float eps, size_t rows,
    size_t cols);
void ck_bias_residual_layernorm_f32_at(
    ck_level level, const float *x, const float *bias, float *residual, const float *gamma, const float *beta,
    float eps, size_t rows, size_t cols);

/// The numerators of softmax(scale · row), for rows of `cols` floats that stand `stride` apart: x[r][c] becomes
/// exp(scale · (x[r][c] − the row's greatest)), and factor[r] the inverse of the row's sum. scale > 0, cols > 0.
void ck_exp_rows_f32(float *x, float scale, size_t rows, size_t cols, size_t stride, float *factor);
void ck_exp_rows_f32_at(
    ck_level level, float *x, float scale, size_t rows, size_t cols, size_t stride, float *factor);

/// x[r][c] ← x[r][c] · factor[r]; rows `stride` apart.
void ck_scale_rows_f32(float *x, const float *factor, size_t rows, size_t cols, size_t stride);
void ck_scale_rows_f32_at(
    ck_level level, float *x, const float *factor, size_t rows, size_t cols, size_t stride);

/// out[c] = the mean of column c over `rows` rows; zeros when there are none.
void ck_mean_rows_f32(const float *x, size_t rows, size_t cols, float *out);
void ck_mean_rows_f32_at(ck_level level, const float *x, size_t rows, size_t cols, float *out);

/// out[t] = layernorm(word[ids[t]] + position[t] + type) · gamma + beta for `n` tokens of one sequence. The caller has
/// checked that every id is a row of `word` and that `position` has `n` rows.
void ck_embed_layernorm_f32(
    const int32_t *ids, size_t n, const float *word, const float *position, const float *type, const float *gamma,
    const float *beta, float eps, size_t cols, float *out);
void ck_embed_layernorm_f32_at(
    ck_level level, const int32_t *ids, size_t n, const float *word, const float *position, const float *type,
    const float *gamma, const float *beta, float eps, size_t cols, float *out);

#ifdef __cplusplus
}
#endif

#endif
