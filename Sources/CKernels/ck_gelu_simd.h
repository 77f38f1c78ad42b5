// GELU of a vector; included once per level after ck_vector.h, in files that include ck_erf.h.

/// gelu(t) = t/2 · (1 + erf(t/√2)), where erf(t/√2) = t·P(2t²/L² − 1) for |t| < L = 5.3 and ±1 beyond, P of degree 15
/// fitted over Chebyshev nodes for the least largest error of the product: 7e-9, and 1.6e-7 with float's rounding.
CK_INLINE V CK_AT(gelu)(V t) {
  const V limit = CK_AT(fill)(5.3f), one = CK_AT(fill)(1.0f);
  V c = __builtin_elementwise_max(__builtin_elementwise_min(t, limit), -limit);
  V s = CK_AT(fma)(c * c, CK_AT(fill)(2.0f / (5.3f * 5.3f)), -one);
  V p = CK_AT(fill)(ck_erf_coefficients[0]);
#pragma clang loop unroll(full)
  for (int k = 1; k < CK_ERF_TERMS; k++) p = CK_AT(fma)(p, s, CK_AT(fill)(ck_erf_coefficients[k]));
  V erf = __builtin_elementwise_max(__builtin_elementwise_min(c * p, one), -one);
  V half = t * 0.5f;
  return CK_AT(fma)(half, erf, half);
}
