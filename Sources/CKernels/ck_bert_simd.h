// The kernels of ck_bert.h over vectors of CK_W floats; included once per level after ck_vector.h.

static void CK_AT(add_bias)(float *x, const float *bias, size_t rows, size_t cols) {
  for (size_t r = 0; r < rows; r++, x += cols) {
    size_t c = 0;
    for (; c + CK_W <= cols; c += CK_W) CK_AT(store)(x + c, CK_AT(load)(x + c) + CK_AT(load)(bias + c));
    for (; c < cols; c++) x[c] += bias[c];
  }
}

static void CK_AT(bias_gelu)(float *x, const float *bias, size_t rows, size_t cols) {
  for (size_t r = 0; r < rows; r++, x += cols) {
    size_t c = 0;
    for (; c + 2 * CK_W <= cols; c += 2 * CK_W) {
      V a = CK_AT(load)(x + c) + CK_AT(load)(bias + c);
      V b = CK_AT(load)(x + c + CK_W) + CK_AT(load)(bias + c + CK_W);
      CK_AT(store)(x + c, CK_AT(gelu)(a));
      CK_AT(store)(x + c + CK_W, CK_AT(gelu)(b));
    }
    for (; c < cols; c += CK_W) {
      size_t n = cols - c < CK_W ? cols - c : CK_W;
      V a = CK_AT(load_part)(x + c, n, 0) + CK_AT(load_part)(bias + c, n, 0);
      CK_AT(store_part)(x + c, CK_AT(gelu)(a), n);
    }
  }
}

/// x ← (x − mean)/√(variance + eps) · gamma + beta, in two passes: the variance of the differences, not of the squares.
CK_INLINE void CK_AT(normalize_row)(float *x, float total, const float *gamma, const float *beta, float eps, size_t cols) {
  float mean = total / (float)cols;
  V vm = CK_AT(fill)(mean), s0 = {}, s1 = {};
  size_t c = 0;
  for (; c + 2 * CK_W <= cols; c += 2 * CK_W) {
    V a = CK_AT(load)(x + c) - vm, b = CK_AT(load)(x + c + CK_W) - vm;
    s0 = CK_AT(fma)(a, a, s0);
    s1 = CK_AT(fma)(b, b, s1);
  }
  float squares = CK_AT(sum)(s0 + s1);
  for (; c < cols; c++) squares += (x[c] - mean) * (x[c] - mean);
  float factor = 1.0f / sqrtf(squares / (float)cols + eps);
  V vf = CK_AT(fill)(factor);
  for (c = 0; c + CK_W <= cols; c += CK_W) {
    V a = (CK_AT(load)(x + c) - vm) * vf;
    CK_AT(store)(x + c, CK_AT(fma)(a, CK_AT(load)(gamma + c), CK_AT(load)(beta + c)));
  }
  for (; c < cols; c++) x[c] = (x[c] - mean) * factor * gamma[c] + beta[c];
}

static void CK_AT(bias_residual_layernorm)(
    const float *x, const float *bias, float *residual, const float *gamma, const float *beta, float eps, size_t rows,
    size_t cols) {
  for (size_t r = 0; r < rows; r++, x += cols, residual += cols) {
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
    CK_AT(normalize_row)(residual, total, gamma, beta, eps, cols);
  }
}

static void CK_AT(embed_layernorm)(
    const int32_t *ids, size_t n, const float *word, const float *position, const float *type, const float *gamma,
    const float *beta, float eps, size_t cols, float *out) {
  for (size_t t = 0; t < n; t++, out += cols, position += cols) {
    const float *w = word + (size_t)ids[t] * cols;
    V s = {};
    size_t c = 0;
    for (; c + CK_W <= cols; c += CK_W) {
      V a = CK_AT(load)(w + c) + CK_AT(load)(type + c) + CK_AT(load)(position + c);
      CK_AT(store)(out + c, a);
      s += a;
    }
    float total = CK_AT(sum)(s);
    for (; c < cols; c++) total += out[c] = w[c] + type[c] + position[c];
    CK_AT(normalize_row)(out, total, gamma, beta, eps, cols);
  }
}

/// eˣ for x ≤ 0, to 2 units in the last place; below −87 the value at −87. x = n·ln 2 + r, |r| ≤ ln 2/2; 2ⁿ is added
/// into the exponent of e^r. Adding 1.5·2²³ rounds to the nearest integer and leaves it in the low bits.
CK_INLINE V CK_AT(exp)(V x) {
  const V magic = CK_AT(fill)(12582912.0f);
  x = __builtin_elementwise_max(x, CK_AT(fill)(-87.0f));
  V shifted = CK_AT(fma)(x, CK_AT(fill)(1.44269504088896341f), magic);
  V n = shifted - magic;
  V r = CK_AT(fma)(n, CK_AT(fill)(-0.693359375f), x);
  r = CK_AT(fma)(n, CK_AT(fill)(2.12194440e-4f), r);
  V p = CK_AT(fill)(1.9875691500e-4f);
  p = CK_AT(fma)(p, r, CK_AT(fill)(1.3981999507e-3f));
  p = CK_AT(fma)(p, r, CK_AT(fill)(8.3334519073e-3f));
  p = CK_AT(fma)(p, r, CK_AT(fill)(4.1665795894e-2f));
  p = CK_AT(fma)(p, r, CK_AT(fill)(1.6666665459e-1f));
  p = CK_AT(fma)(p, r, CK_AT(fill)(5.0000001201e-1f));
  p = CK_AT(fma)(p, r * r, r) + 1.0f;
  return (V)((VI)p + ((VI)shifted << 23));
}

static void CK_AT(softmax_rows)(float *x, float scale, size_t rows, size_t cols, size_t stride) {
  if (cols == 0) return;
  V vs = CK_AT(fill)(scale);
  size_t whole = cols / CK_W * CK_W, rest = cols - whole;
  for (size_t r = 0; r < rows; r++, x += stride) {
    V top = CK_AT(fill)(-INFINITY);
    for (size_t c = 0; c < whole; c += CK_W) {
      V a = CK_AT(load)(x + c) * vs;
      CK_AT(store)(x + c, a);
      top = __builtin_elementwise_max(top, a);
    }
    // The lanes past the end: −∞ while the largest is sought, and nothing of the sum.
    V last = CK_AT(fill)(-INFINITY);
    if (rest) last = CK_AT(load_part)(x + whole, rest, -INFINITY) * vs;
    top = __builtin_elementwise_max(top, rest ? CK_AT(keep_part)(last, rest, -INFINITY) : last);
    V vm = CK_AT(fill)(CK_AT(max)(top)), s = {};
    for (size_t c = 0; c < whole; c += CK_W) {
      V a = CK_AT(exp)(CK_AT(load)(x + c) - vm);
      CK_AT(store)(x + c, a);
      s += a;
    }
    last = CK_AT(exp)(last - vm);
    if (rest) s += CK_AT(keep_part)(last, rest, 0);
    V vf = CK_AT(fill)(1.0f / CK_AT(sum)(s));
    for (size_t c = 0; c < whole; c += CK_W) CK_AT(store)(x + c, CK_AT(load)(x + c) * vf);
    if (rest) CK_AT(store_part)(x + whole, last * vf, rest);
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
