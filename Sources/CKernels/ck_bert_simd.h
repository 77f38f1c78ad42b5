// The kernels of ck_bert.h for vectors of CK_W floats. Included once per level, after ck_vector.h.

/// Mean and inverse deviation of a row. A row is normalised in three steps: sum, deviation, values. Each step needs all lanes of
/// the previous one, so the steps of three consecutive rows are interleaved to hide that latency.
typedef struct {
    float mean, factor;
} CK_AT(moments);

/// Returns 1/√(variance + eps), computed from the differences from the mean.
CK_INLINE float CK_AT(inverse_deviation)(const float *x, float mean, float eps, size_t cols) {
    V vm = CK_AT(fill)(mean), s0 = {}, s1 = {};
    size_t c = 0;
    for (; c + 2 * CK_W <= cols; c += 2 * CK_W) {
        V a = CK_AT(load)(x + c) - vm, b = CK_AT(load)(x + c + CK_W) - vm;
        s0 = CK_AT(fma)(a, a, s0);
        s1 = CK_AT(fma)(b, b, s1);
    }
    float squares = CK_AT(sum)(s0 + s1);
    for (; c < cols; c++) squares += (x[c] - mean) * (x[c] - mean);
    return 1.0f / sqrtf(squares / (float)cols + eps);
}

/// x ← (x − mean) · factor · gamma + beta.
CK_INLINE void CK_AT(normalize_row)(float *x, CK_AT(moments) of, const float *gamma, const float *beta, size_t cols) {
    const V vm = CK_AT(fill)(of.mean), vf = CK_AT(fill)(of.factor);
    size_t c = 0;
    for (; c + CK_W <= cols; c += CK_W) {
        V a = (CK_AT(load)(x + c) - vm) * vf;
        CK_AT(store)(x + c, CK_AT(fma)(a, CK_AT(load)(gamma + c), CK_AT(load)(beta + c)));
    }
    for (; c < cols; c++) x[c] = (x[c] - of.mean) * of.factor * gamma[c] + beta[c];
}

/// residual ← x + bias + residual. Returns the sum of the results.
CK_INLINE float CK_AT(add_row)(const float *x, const float *bias, float *residual, size_t cols) {
    V s0 = {}, s1 = {};
    size_t c = 0;
    for (; c + 2 * CK_W <= cols; c += 2 * CK_W) {
        V a = CK_AT(load)(x + c) + CK_AT(load)(bias + c) + CK_AT(load)(residual + c);
        V b = CK_AT(load)(x + c + CK_W) + CK_AT(load)(bias + c + CK_W) + CK_AT(load)(residual + c + CK_W);
        CK_AT(store)(residual + c, a);
        CK_AT(store)(residual + c + CK_W, b);
        s0 += a;
        s1 += b;
    }
    float total = CK_AT(sum)(s0 + s1);
    for (; c < cols; c++) total += residual[c] = x[c] + bias[c] + residual[c];
    return total;
}

static void CK_AT(bias_residual_layernorm)(
    const float *x, const float *bias, float *residual, const float *gamma, const float *beta, float eps, size_t rows,
    size_t cols) {
    float mean = 0;
    CK_AT(moments) previous = {};
    for (size_t step = 0; step < rows + 2; step++) {
        const CK_AT(moments) last = previous;
        if (step >= 1 && step <= rows)
            previous = (CK_AT(moments)){mean, CK_AT(inverse_deviation)(residual + (step - 1) * cols, mean, eps, cols)};
        if (step < rows) mean = CK_AT(add_row)(x + step * cols, bias, residual + step * cols, cols) / (float)cols;
        if (step >= 2) CK_AT(normalize_row)(residual + (step - 2) * cols, last, gamma, beta, cols);
    }
}

static void CK_AT(embed_layernorm)(const int32_t *ids, size_t n, const float *word, ck_embedding_terms terms, float *out) {
    const float *position = terms.position, *type = terms.type, *gamma = terms.gamma, *beta = terms.beta;
    const float eps = terms.eps;
    const size_t cols = terms.cols;
    for (size_t t = 0; t < n; t++, out += cols, position += cols) {
        const float *w = word + (size_t)ids[t] * cols;
        // The ids access rows of the table at random: prefetch.
        if (t + 2 < n) ck_prefetch(word + (size_t)ids[t + 2] * cols, cols * sizeof *word);
        V s = {};
        size_t c = 0;
        for (; c + CK_W <= cols; c += CK_W) {
            V a = CK_AT(load)(w + c) + CK_AT(load)(type + c) + CK_AT(load)(position + c);
            CK_AT(store)(out + c, a);
            s += a;
        }
        float total = CK_AT(sum)(s);
        for (; c < cols; c++) total += out[c] = w[c] + type[c] + position[c];
        const float mean = total / (float)cols;
        CK_AT(normalize_row)(out, (CK_AT(moments)){mean, CK_AT(inverse_deviation)(out, mean, eps, cols)}, gamma, beta, cols);
    }
}

/// Computes 2ᵗ for t ≤ 0, with an error of at most 3 units in the last place. Below −126 the result is 2⁻¹²⁶ or underflows.
/// t = n + f with an integer n; 2ᶠ is the minimax polynomial of degree 5, with a relative error of at most 7.5e-8.
#if CK_W == 16
/// n = ⌊t⌋, 0 ≤ f < 1: f takes one instruction, and scalef itself uses the floor of t.
CK_INLINE V CK_AT(exp2)(V t) {
    const V f = (V)_mm512_reduce_ps((__m512)t, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
    V p = CK_AT(fill)(1.8775767e-3f);
    p = CK_AT(fma)(p, f, CK_AT(fill)(8.9893400236e-3f));
    p = CK_AT(fma)(p, f, CK_AT(fill)(5.5826318116e-2f));
    p = CK_AT(fma)(p, f, CK_AT(fill)(2.4015361702e-1f));
    p = CK_AT(fma)(p, f, CK_AT(fill)(6.931530732e-1f));
    p = CK_AT(fma)(p, f, CK_AT(fill)(9.9999992506e-1f));
    return (V)_mm512_scalef_ps((__m512)p, (__m512)t);
}
#else
/// |f| ≤ 1/2.
CK_INLINE V CK_AT(exp2)(V t) {
    t = CK_AT(max)(CK_AT(fill)(-126.0f), t);
    const V n = (V)_mm256_round_ps((__m256)t, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    const V f = t - n;
    V p = CK_AT(fill)(1.3276471993e-3f);
    p = CK_AT(fma)(p, f, CK_AT(fill)(9.6755413345e-3f));
    p = CK_AT(fma)(p, f, CK_AT(fill)(5.5507132735e-2f));
    p = CK_AT(fma)(p, f, CK_AT(fill)(2.4022119724e-1f));
    p = CK_AT(fma)(p, f, CK_AT(fill)(6.9314696706e-1f));
    p = CK_AT(fma)(p, f, CK_AT(fill)(1.0000000717f));
    return (V)((VI)p + ((VI)_mm256_cvtps_epi32((__m256)n) << 23));
}
#endif

/// Returns the maximum of a row.
CK_INLINE float CK_AT(row_top)(const float *x, size_t cols) {
    const size_t whole = cols / CK_W * CK_W, twice = whole / (2 * CK_W) * (2 * CK_W), rest = cols - whole;
    V top0 = CK_AT(fill)(-INFINITY), top1 = top0;
    for (size_t c = 0; c < twice; c += 2 * CK_W) {
        top0 = CK_AT(max)(top0, CK_AT(load)(x + c));
        top1 = CK_AT(max)(top1, CK_AT(load)(x + c + CK_W));
    }
    if (twice < whole) top0 = CK_AT(max)(top0, CK_AT(load)(x + twice));
    if (rest) top1 = CK_AT(max)(top1, CK_AT(load_part)(x + whole, rest, -INFINITY));
    return CK_AT(greatest)(CK_AT(max)(top0, top1));
}

/// Computes a row's maximum while the previous row is processed: the reduction over lanes has a high latency, and the whole
/// row depends on it.
static void CK_AT(exp_rows)(float *x, float scale, size_t rows, size_t cols, size_t stride, float *factor) {
    const float base = scale * 1.44269504088896341f;
    const V times = CK_AT(fill)(base);
    const size_t whole = cols / CK_W * CK_W, twice = whole / (2 * CK_W) * (2 * CK_W), rest = cols - whole;
    float next = rows ? CK_AT(row_top)(x, cols) : 0;
    for (size_t r = 0; r < rows; r++, x += stride) {
        const V top = CK_AT(fill)(next);
        if (r + 1 < rows) next = CK_AT(row_top)(x + stride, cols);
        V sum0 = {}, sum1 = {};
        for (size_t c = 0; c < twice; c += 2 * CK_W) {
            const V a = CK_AT(exp2)((CK_AT(load)(x + c) - top) * times);
            const V b = CK_AT(exp2)((CK_AT(load)(x + c + CK_W) - top) * times);
            CK_AT(store)(x + c, a);
            CK_AT(store)(x + c + CK_W, b);
            sum0 += a;
            sum1 += b;
        }
        if (twice < whole) {
            const V a = CK_AT(exp2)((CK_AT(load)(x + twice) - top) * times);
            CK_AT(store)(x + twice, a);
            sum0 += a;
        }
        if (rest) {
            const V a = CK_AT(exp2)((CK_AT(load_part)(x + whole, rest, 0) - top) * times);
            CK_AT(store_part)(x + whole, a, rest);
            sum1 += CK_AT(keep_part)(a, rest, 0);
        }
        factor[r] = 1.0f / CK_AT(sum)(sum0 + sum1);
    }
}

static void CK_AT(scale_rows)(float *x, const float *factor, size_t rows, size_t cols, size_t stride) {
    for (size_t r = 0; r < rows; r++, x += stride) {
        const V by = CK_AT(fill)(factor[r]);
        size_t c = 0;
        for (; c + CK_W <= cols; c += CK_W) CK_AT(store)(x + c, CK_AT(load)(x + c) * by);
        for (; c < cols; c++) x[c] *= factor[r];
    }
}

static void CK_AT(mean_rows)(const float *x, size_t rows, size_t cols, float *out) {
    float factor = rows ? 1.0f / (float)rows : 0.0f;
    size_t c = 0;
    for (; c + CK_W <= cols; c += CK_W) {
        V s = {};
        for (size_t r = 0; r < rows; r++) s += CK_AT(load)(x + r * cols + c);
        CK_AT(store)(out + c, s * factor);
    }
    for (; c < cols; c++) {
        float s = 0;
        for (size_t r = 0; r < rows; r++) s += x[r * cols + c];
        out[c] = s * factor;
    }
}
