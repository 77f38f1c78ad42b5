// The kernels of ck_float.h for vectors of CK_W floats. Included once per level, after ck_vector.h.

static float CK_AT(dot)(const float *a, const float *b, size_t n) {
  V s0 = {}, s1 = {}, s2 = {}, s3 = {};
  size_t i = 0;
  for (; i + 4 * CK_W <= n; i += 4 * CK_W) {
    s0 = CK_AT(fma)(CK_AT(load)(a + i), CK_AT(load)(b + i), s0);
    s1 = CK_AT(fma)(CK_AT(load)(a + i + CK_W), CK_AT(load)(b + i + CK_W), s1);
    s2 = CK_AT(fma)(CK_AT(load)(a + i + 2 * CK_W), CK_AT(load)(b + i + 2 * CK_W), s2);
    s3 = CK_AT(fma)(CK_AT(load)(a + i + 3 * CK_W), CK_AT(load)(b + i + 3 * CK_W), s3);
  }
  for (; i + CK_W <= n; i += CK_W) s0 = CK_AT(fma)(CK_AT(load)(a + i), CK_AT(load)(b + i), s0);
  float tail = 0;
  for (; i < n; i++) tail += a[i] * b[i];
  return CK_AT(sum)((s0 + s1) + (s2 + s3)) + tail;
}

static float CK_AT(l2sq)(const float *a, const float *b, size_t n) {
  V s0 = {}, s1 = {};
  size_t i = 0;
  for (; i + 2 * CK_W <= n; i += 2 * CK_W) {
    V d0 = CK_AT(load)(a + i) - CK_AT(load)(b + i);
    V d1 = CK_AT(load)(a + i + CK_W) - CK_AT(load)(b + i + CK_W);
    s0 = CK_AT(fma)(d0, d0, s0);
    s1 = CK_AT(fma)(d1, d1, s1);
  }
  float tail = 0;
  for (; i < n; i++) tail += (a[i] - b[i]) * (a[i] - b[i]);
  return CK_AT(sum)(s0 + s1) + tail;
}

static void CK_AT(axpy)(float alpha, const float *x, float *y, size_t n) {
  V va = CK_AT(fill)(alpha);
  size_t i = 0;
  for (; i + CK_W <= n; i += CK_W) CK_AT(store)(y + i, CK_AT(fma)(va, CK_AT(load)(x + i), CK_AT(load)(y + i)));
  for (; i < n; i++) y[i] += alpha * x[i];
}

static void CK_AT(scale)(float alpha, float *x, size_t n) {
  V va = CK_AT(fill)(alpha);
  size_t i = 0;
  for (; i + CK_W <= n; i += CK_W) CK_AT(store)(x + i, va * CK_AT(load)(x + i));
  for (; i < n; i++) x[i] *= alpha;
}

/// Processes four rows at a time, so that each vector of the query is loaded once for four rows.
static void CK_AT(dot_rows)(const float *q, size_t d, const float *rows, size_t stride, size_t n, float *out) {
  size_t r = 0;
  for (; r + 4 <= n; r += 4) {
    const float *p0 = rows + r * stride, *p1 = p0 + stride, *p2 = p1 + stride, *p3 = p2 + stride;
    V s0 = {}, s1 = {}, s2 = {}, s3 = {};
    size_t i = 0;
    for (; i + CK_W <= d; i += CK_W) {
      V vq = CK_AT(load)(q + i);
      s0 = CK_AT(fma)(vq, CK_AT(load)(p0 + i), s0);
      s1 = CK_AT(fma)(vq, CK_AT(load)(p1 + i), s1);
      s2 = CK_AT(fma)(vq, CK_AT(load)(p2 + i), s2);
      s3 = CK_AT(fma)(vq, CK_AT(load)(p3 + i), s3);
    }
    float t0 = 0, t1 = 0, t2 = 0, t3 = 0;
    for (; i < d; i++) {
      t0 += q[i] * p0[i];
      t1 += q[i] * p1[i];
      t2 += q[i] * p2[i];
      t3 += q[i] * p3[i];
    }
    out[r] = CK_AT(sum)(s0) + t0;
    out[r + 1] = CK_AT(sum)(s1) + t1;
    out[r + 2] = CK_AT(sum)(s2) + t2;
    out[r + 3] = CK_AT(sum)(s3) + t3;
  }
  for (; r < n; r++) out[r] = CK_AT(dot)(q, rows + r * stride, d);
}
