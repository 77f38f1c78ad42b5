#ifndef CK_BERT_H
#define CK_BERT_H

#include <stddef.h>
#include <stdint.h>

#include "ck_level.h"

#ifdef __cplusplus
extern "C" {
#endif

// The operations of a BERT layer other than matrix products. Matrices are row-major; rows are contiguous unless a stride
// (in floats) is given. Any alignment is allowed; if `rows` or `cols` is 0, the functions do nothing.
// `_at` functions use the given level, for tests; a level that the processor lacks falls back to the scalar version.

/// residual ← layernorm(x + bias + residual) · gamma + beta, for each row separately, with the biased variance.
void ck_bias_residual_layernorm_f32(
    const float *x, const float *bias, float *residual, const float *gamma, const float *beta, float eps, size_t rows,
    size_t cols);
void ck_bias_residual_layernorm_f32_at(
    ck_level level, const float *x, const float *bias, float *residual, const float *gamma, const float *beta, float eps,
    size_t rows, size_t cols);

/// Computes the numerators of softmax(scale · row), for rows of `cols` floats that begin `stride` apart: x[r][c] becomes
/// exp(scale · (x[r][c] − the row's maximum)), and factor[r] the inverse of the row's sum. scale > 0, cols > 0.
void ck_exp_rows_f32(float *x, float scale, size_t rows, size_t cols, size_t stride, float *factor);
void ck_exp_rows_f32_at(ck_level level, float *x, float scale, size_t rows, size_t cols, size_t stride, float *factor);

/// x[r][c] ← x[r][c] · factor[r], for rows that begin `stride` apart.
void ck_scale_rows_f32(float *x, const float *factor, size_t rows, size_t cols, size_t stride);
void ck_scale_rows_f32_at(ck_level level, float *x, const float *factor, size_t rows, size_t cols, size_t stride);

/// out[c] = the mean of column c over `rows` rows; 0 if there are none.
void ck_mean_rows_f32(const float *x, size_t rows, size_t cols, float *out);
void ck_mean_rows_f32_at(ck_level level, const float *x, size_t rows, size_t cols, float *out);

/// The position and type embeddings that are added to a sequence's word embeddings, and the weights of the layer norm of the sum. Rows
/// have `cols` floats; `position` has a row for each token.
typedef struct {
    const float *position, *type, *gamma, *beta;
    float eps;
    size_t cols;
} ck_embedding_terms;

/// out[t] = layernorm(word[ids[t]] + position[t] + type) · gamma + beta for `n` tokens of one sequence. The caller ensures
/// that every id is a row of `word`.
void ck_embed_layernorm_f32(const int32_t *ids, size_t n, const float *word, ck_embedding_terms terms, float *out);
void ck_embed_layernorm_f32_at(
    ck_level level, const int32_t *ids, size_t n, const float *word, ck_embedding_terms terms, float *out);

#ifdef __cplusplus
}
#endif

#endif
