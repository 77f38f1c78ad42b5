// The quantisation of one group of ck_gemm_int8.h for vectors of CK_W floats. Included once per level, after ck_vector.h and
// store_codes(p, x), which stores CK_W values rounded to the nearest integers and clamped to 0...255.

static row_codes CK_AT(quantize_group)(const float *x, size_t cols, uint8_t *codes) {
  const size_t whole = cols / CK_W * CK_W;
  float least = cols ? x[0] : 0, most = least;
  V lows = CK_AT(fill)(least), highs = lows;
  for (size_t c = 0; c < whole; c += CK_W) {
    const V v = CK_AT(load)(x + c);
    lows = CK_AT(min)(lows, v);
    highs = CK_AT(max)(highs, v);
  }
  least = CK_AT(least)(lows);
  most = CK_AT(greatest)(highs);
  for (size_t c = whole; c < cols; c++) {
    least = fminf(least, x[c]);
    most = fmaxf(most, x[c]);
  }
  const row_codes row = row_codes_of(least, most);
  const V from = CK_AT(fill)(row.low), inverse = CK_AT(fill)(row.inverse);
  for (size_t c = 0; c < whole; c += CK_W) CK_AT(store_codes)(codes + c, (CK_AT(load)(x + c) - from) * inverse);
  finish_group(x, whole, cols, row, codes);
  return row;
}
