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

static void CK_AT(scale)(float alpha, float *x, size_t n) {
    V va = CK_AT(fill)(alpha);
    size_t i = 0;
    for (; i + CK_W <= n; i += CK_W) CK_AT(store)(x + i, va * CK_AT(load)(x + i));
    for (; i < n; i++) x[i] *= alpha;
}
