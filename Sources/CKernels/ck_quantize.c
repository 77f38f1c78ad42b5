#include <float.h>
#include <math.h>

#include "ck_bert.h"
#include "ck_gemm_int8.h"

/// Smaller ranges are treated as 0: the inverse of their step would overflow a float.
#define CK_LEAST_RANGE 0x1p-96f

/// A row's minimum, its step, and the inverse of the step.
typedef struct {
    float low, scale, inverse;
} row_codes;

static row_codes row_codes_of(float low, float high) {
    const float range = high - low;
    if (range < CK_LEAST_RANGE) return (row_codes){low, 0, 0};
    return (row_codes){low, range / 255, 255 / range};
}

/// Writes the codes from column `from`.
static void finish_group(const float *x, size_t from, size_t cols, row_codes row, uint8_t *codes) {
    for (size_t c = from; c < cols; c++) {
        const float code = rintf((x[c] - row.low) * row.inverse);
        codes[c] = code >= 255 ? 255 : code > 0 ? (uint8_t)code : 0;
    }
}

static row_codes quantize_group_scalar(const float *x, size_t cols, uint8_t *codes) {
    float least = cols ? x[0] : 0, most = least;
    for (size_t c = 1; c < cols; c++) {
        least = fminf(least, x[c]);
        most = fmaxf(most, x[c]);
    }
    const row_codes row = row_codes_of(least, most);
    finish_group(x, 0, cols, row, codes);
    return row;
}

#if defined(__x86_64__)
#define CK_KERNELS "ck_quantize_simd.h"
#include "ck_each_level.h"
#endif

typedef row_codes (*quantize_function)(const float *x, size_t cols, uint8_t *codes);

static quantize_function quantize_of(ck_level level) {
#if defined(__x86_64__)
    if (level <= ck_best_level()) {
        if (level == CK_AVX512) return quantize_group_avx512;
        if (level == CK_AVX2) return quantize_group_avx2;
    }
#endif
    (void)level;
    return quantize_group_scalar;
}

static quantize_function best = quantize_group_scalar;

// Priority 102: runs after the probe in ck_level.c and before constructors of default priority.
__attribute__((constructor(102))) static void choose(void) { best = quantize_of(ck_best_level()); }

static void quantize_rows(
    quantize_function quantize, const float *x, size_t rows, size_t cols, size_t x_stride, uint8_t *codes, size_t stride,
    float *scale, float *low) {
    const size_t groups = ck_codes_groups(cols);
    for (size_t r = 0; r < rows; r++, x += x_stride, codes += stride) {
        for (size_t g = 0; g < groups; g++, scale++, low++) {
            const size_t from = g * CK_CODES_GROUP, count = cols - from < CK_CODES_GROUP ? cols - from : CK_CODES_GROUP;
            const row_codes row = quantize(x + from, count, codes + from);
            *scale = row.scale;
            *low = row.low;
        }
        for (size_t c = cols; c % CK_CODES_STEP; c++) codes[c] = 0;
    }
}

void ck_codes_quantize_rows(
    const float *x, size_t rows, size_t cols, size_t x_stride, uint8_t *codes, size_t stride, float *scale, float *low) {
    quantize_rows(best, x, rows, cols, x_stride, codes, stride, scale, low);
}
void ck_codes_quantize_rows_at(
    ck_level level, const float *x, size_t rows, size_t cols, size_t x_stride, uint8_t *codes, size_t stride, float *scale,
    float *low) {
    quantize_rows(quantize_of(level), x, rows, cols, x_stride, codes, stride, scale, low);
}

void ck_codes_embed_layernorm(
    const int32_t *ids, size_t n, const uint8_t *codes, size_t stride, const float *scale, const float *low,
    ck_embedding_terms terms, float *out) {
    const int32_t first = 0;
    const size_t cols = terms.cols, groups = ck_codes_groups(cols);
    for (size_t t = 0; t < n; t++, out += cols, terms.position += cols) {
        const uint8_t *row = codes + (size_t)ids[t] * stride;
        for (size_t g = 0; g < groups; g++) {
            const float step = scale[(size_t)ids[t] * groups + g], least = low[(size_t)ids[t] * groups + g];
            const size_t from = g * CK_CODES_GROUP, to = cols - from < CK_CODES_GROUP ? cols : from + CK_CODES_GROUP;
            for (size_t c = from; c < to; c++) out[c] = least + step * (float)row[c];
        }
        // Works in place: each column is read before it is written.
        ck_embed_layernorm_f32(&first, 1, out, terms, out);
    }
}
