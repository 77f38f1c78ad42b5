#include "ck_bert.h"

#include <math.h>

#include "ck_prefetch.h"

// The scalar reference: the definitions, with the C library's exp.

static void layernorm_row_scalar(float *x, const float *gamma, const float *beta, float eps, size_t cols) {
    float total = 0, squares = 0;
    for (size_t c = 0; c < cols; c++) total += x[c];
    float mean = total / (float)cols;
    for (size_t c = 0; c < cols; c++) squares += (x[c] - mean) * (x[c] - mean);
    float factor = 1.0f / sqrtf(squares / (float)cols + eps);
    for (size_t c = 0; c < cols; c++) x[c] = (x[c] - mean) * factor * gamma[c] + beta[c];
}

static void bias_residual_layernorm_scalar(
    const float *x, const float *bias, float *residual, const float *gamma, const float *beta, float eps, size_t rows,
    size_t cols) {
    for (size_t r = 0; r < rows; r++) {
        float *row = residual + r * cols;
        for (size_t c = 0; c < cols; c++) row[c] += x[r * cols + c] + bias[c];
        layernorm_row_scalar(row, gamma, beta, eps, cols);
    }
}

static void exp_rows_scalar(float *x, float scale, size_t rows, size_t cols, size_t stride, float *factor) {
    for (size_t r = 0; r < rows; r++, x += stride) {
        float top = -INFINITY, total = 0;
        for (size_t c = 0; c < cols; c++) top = x[c] > top ? x[c] : top;
        for (size_t c = 0; c < cols; c++) total += x[c] = expf((x[c] - top) * scale);
        factor[r] = 1 / total;
    }
}

static void scale_rows_scalar(float *x, const float *factor, size_t rows, size_t cols, size_t stride) {
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < cols; c++) x[r * stride + c] *= factor[r];
}

static void mean_rows_scalar(const float *x, size_t rows, size_t cols, float *out) {
    for (size_t c = 0; c < cols; c++) {
        float s = 0;
        for (size_t r = 0; r < rows; r++) s += x[r * cols + c];
        out[c] = rows ? s / (float)rows : 0;
    }
}

static void embed_layernorm_scalar(const int32_t *ids, size_t n, const float *word, ck_embedding_terms terms, float *out) {
    const size_t cols = terms.cols;
    for (size_t t = 0; t < n; t++) {
        const float *w = word + (size_t)ids[t] * cols, *p = terms.position + t * cols;
        for (size_t c = 0; c < cols; c++) out[t * cols + c] = w[c] + terms.type[c] + p[c];
        layernorm_row_scalar(out + t * cols, terms.gamma, terms.beta, terms.eps, cols);
    }
}

typedef struct {
    void (*bias_residual_layernorm)(
        const float *, const float *, float *, const float *, const float *, float, size_t, size_t);
    void (*exp_rows)(float *, float, size_t, size_t, size_t, float *);
    void (*scale_rows)(float *, const float *, size_t, size_t, size_t);
    void (*mean_rows)(const float *, size_t, size_t, float *);
    void (*embed_layernorm)(const int32_t *, size_t, const float *, ck_embedding_terms, float *);
} bert_kernels;

static const bert_kernels scalar_kernels = {
    bias_residual_layernorm_scalar, exp_rows_scalar, scale_rows_scalar, mean_rows_scalar, embed_layernorm_scalar};

#if defined(__x86_64__)
#define CK_KERNELS "ck_bert_simd.h"
#include "ck_each_level.h"

static const bert_kernels avx2_kernels = {
    bias_residual_layernorm_avx2, exp_rows_avx2, scale_rows_avx2, mean_rows_avx2, embed_layernorm_avx2};
static const bert_kernels avx512_kernels = {
    bias_residual_layernorm_avx512, exp_rows_avx512, scale_rows_avx512, mean_rows_avx512, embed_layernorm_avx512};
#endif

static const bert_kernels *kernels_at(ck_level level) {
#if defined(__x86_64__)
    if (level <= ck_best_level()) {
        if (level == CK_AVX512) return &avx512_kernels;
        if (level == CK_AVX2) return &avx2_kernels;
    }
#endif
    (void)level;
    return &scalar_kernels;
}

static const bert_kernels *best = &scalar_kernels;

// Priority 102: runs after the probe in ck_level.c and before constructors of default priority.
__attribute__((constructor(102))) static void choose(void) { best = kernels_at(ck_best_level()); }

void ck_bias_residual_layernorm_f32(
    const float *x, const float *bias, float *residual, const float *gamma, const float *beta, float eps, size_t rows,
    size_t cols) {
    best->bias_residual_layernorm(x, bias, residual, gamma, beta, eps, rows, cols);
}
void ck_bias_residual_layernorm_f32_at(
    ck_level level, const float *x, const float *bias, float *residual, const float *gamma, const float *beta, float eps,
    size_t rows, size_t cols) {
    kernels_at(level)->bias_residual_layernorm(x, bias, residual, gamma, beta, eps, rows, cols);
}

void ck_exp_rows_f32(float *x, float scale, size_t rows, size_t cols, size_t stride, float *factor) {
    best->exp_rows(x, scale, rows, cols, stride, factor);
}
void ck_exp_rows_f32_at(ck_level level, float *x, float scale, size_t rows, size_t cols, size_t stride, float *factor) {
    kernels_at(level)->exp_rows(x, scale, rows, cols, stride, factor);
}

void ck_scale_rows_f32(float *x, const float *factor, size_t rows, size_t cols, size_t stride) {
    best->scale_rows(x, factor, rows, cols, stride);
}
void ck_scale_rows_f32_at(ck_level level, float *x, const float *factor, size_t rows, size_t cols, size_t stride) {
    kernels_at(level)->scale_rows(x, factor, rows, cols, stride);
}

void ck_mean_rows_f32(const float *x, size_t rows, size_t cols, float *out) { best->mean_rows(x, rows, cols, out); }
void ck_mean_rows_f32_at(ck_level level, const float *x, size_t rows, size_t cols, float *out) {
    kernels_at(level)->mean_rows(x, rows, cols, out);
}

void ck_embed_layernorm_f32(const int32_t *ids, size_t n, const float *word, ck_embedding_terms terms, float *out) {
    best->embed_layernorm(ids, n, word, terms, out);
}
void ck_embed_layernorm_f32_at(
    ck_level level, const int32_t *ids, size_t n, const float *word, ck_embedding_terms terms, float *out) {
    kernels_at(level)->embed_layernorm(ids, n, word, terms, out);
}
