#include "ck_float.h"

#include <math.h>

// The scalar reference: one simple loop per kernel.

static float dot_scalar(const float *a, const float *b, size_t n) {
    float s = 0;
    for (size_t i = 0; i < n; i++) s += a[i] * b[i];
    return s;
}

static void scale_scalar(float alpha, float *x, size_t n) {
    for (size_t i = 0; i < n; i++) x[i] *= alpha;
}

typedef struct {
    float (*dot)(const float *, const float *, size_t);
    void (*scale)(float, float *, size_t);
} float_kernels;

static const float_kernels scalar_kernels = {dot_scalar, scale_scalar};

#if defined(__x86_64__)
#define CK_KERNELS "ck_float_simd.h"
#include "ck_each_level.h"

static const float_kernels avx2_kernels = {dot_avx2, scale_avx2};
static const float_kernels avx512_kernels = {dot_avx512, scale_avx512};
#endif

static const float_kernels *kernels_at(ck_level level) {
#if defined(__x86_64__)
    if (level <= ck_best_level()) {
        if (level == CK_AVX512) return &avx512_kernels;
        if (level == CK_AVX2) return &avx2_kernels;
    }
#endif
    (void)level;
    return &scalar_kernels;
}

static const float_kernels *best = &scalar_kernels;

// Priority 102: runs after the probe in ck_level.c and before constructors of default priority.
__attribute__((constructor(102))) static void choose(void) { best = kernels_at(ck_best_level()); }

float ck_dot_f32(const float *a, const float *b, size_t n) { return best->dot(a, b, n); }
float ck_dot_f32_at(ck_level level, const float *a, const float *b, size_t n) { return kernels_at(level)->dot(a, b, n); }

void ck_scale_f32(float alpha, float *x, size_t n) { best->scale(alpha, x, n); }
void ck_scale_f32_at(ck_level level, float alpha, float *x, size_t n) { kernels_at(level)->scale(alpha, x, n); }

float ck_normalize_f32(float *x, size_t n) {
    float squares = ck_dot_f32(x, x, n);
    double norm = sqrt((double)squares);
    if (!(squares > 1e-30f && squares < 1e30f)) {  // too close to the limits of a float, or NaN
        double exact = 0;
        for (size_t i = 0; i < n; i++) exact += (double)x[i] * (double)x[i];
        norm = sqrt(exact);
    }
    if (!(norm > 0) || !isfinite(norm)) return (float)norm;
    double factor = 1 / norm;
    if (factor > 1e-30 && factor < 1e30) {
        ck_scale_f32((float)factor, x, n);
    } else {
        for (size_t i = 0; i < n; i++) x[i] = (float)(x[i] * factor);
    }
    return (float)norm;
}
