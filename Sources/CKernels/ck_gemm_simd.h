// The product of ck_gemm.h over vectors of CK_W floats; included once per level after ck_vector.h, with CK_TILE_ROWS and
// CK_TILE_PANELS: the tile of C that is held in registers. Undefines both.

#define CK_PANEL_VECTORS (CK_GEMM_PANEL / CK_W)
#define CK_TILE_VECTORS (CK_TILE_PANELS * CK_PANEL_VECTORS)

/// A tile of `rows` × `vectors` vectors, both constants here: the products of its rows of A with its columns of B, in
/// the order of k, one accumulator per element. Then what C holds (`add`), the bias, and into C.
CK_INLINE void CK_AT(tile)(
    const int rows, const int vectors, size_t k, const float *a, size_t lda, const float *b, size_t panel,
    const float *bias, int add, float *c, size_t ldc, size_t cols) {
  V sum[CK_TILE_ROWS][CK_TILE_VECTORS];
#pragma clang loop unroll(full)
  for (int i = 0; i < rows; i++)
#pragma clang loop unroll(full)
    for (int j = 0; j < vectors; j++) sum[i][j] = (V){};
#pragma clang loop unroll_count(4)
  for (size_t p = 0; p < k; p++) {
    V right[CK_TILE_VECTORS];
#pragma clang loop unroll(full)
    for (int j = 0; j < vectors; j++)
      right[j] = CK_AT(load)(b + j / CK_PANEL_VECTORS * panel + p * CK_GEMM_PANEL + j % CK_PANEL_VECTORS * CK_W);
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) {
      V left = CK_AT(fill)(a[i * lda + p]);
#pragma clang loop unroll(full)
      for (int j = 0; j < vectors; j++) sum[i][j] = CK_AT(fma)(left, right[j], sum[i][j]);
    }
  }
#pragma clang loop unroll(full)
  for (int j = 0; j < vectors; j++) {
    size_t at = (size_t)j * CK_W;
    if (at >= cols) break;
    size_t part = cols - at;
    if (part >= CK_W) {
      V shift = bias ? CK_AT(load)(bias + at) : (V){};
#pragma clang loop unroll(full)
      for (int i = 0; i < rows; i++) {
        float *to = c + i * ldc + at;
        V x = add ? CK_AT(load)(to) + sum[i][j] : sum[i][j];
        CK_AT(store)(to, bias ? x + shift : x);
      }
    } else {
      V shift = bias ? CK_AT(load_part)(bias + at, part, 0) : (V){};
#pragma clang loop unroll(full)
      for (int i = 0; i < rows; i++) {
        float *to = c + i * ldc + at;
        V x = add ? CK_AT(load_part)(to, part, 0) + sum[i][j] : sum[i][j];
        CK_AT(store_part)(to, bias ? x + shift : x, part);
      }
    }
  }
}

typedef void (*CK_AT(tile_function))(
    size_t k, const float *a, size_t lda, const float *b, size_t panel, const float *bias, int add, float *c, size_t ldc,
    size_t cols);

#define CK_TILE(R, P)                                                                                                 \
  static void CK_AT(tile_##R##x##P)(                                                                                  \
      size_t k, const float *a, size_t lda, const float *b, size_t panel, const float *bias, int add, float *c,       \
      size_t ldc, size_t cols) {                                                                                      \
    CK_AT(tile)(R, P *CK_PANEL_VECTORS, k, a, lda, b, panel, bias, add, c, ldc, cols);                                \
  }
CK_TILES(CK_TILE)
#undef CK_TILE

/// By rows − 1 and panels − 1.
static const CK_AT(tile_function) CK_AT(tiles)[CK_TILE_ROWS][CK_TILE_PANELS] = {
#define CK_TILE(R, P) [R - 1][P - 1] = CK_AT(tile_##R##x##P),
    CK_TILES(CK_TILE)
#undef CK_TILE
};

/// Rows of A in blocks that the second-level cache keeps while every panel passes over them; k in blocks that the first
/// keeps a tile's rows of.
static void CK_AT(gemm)(
    const float *a, size_t m, size_t k, size_t lda, const float *b, size_t n, const float *bias, ck_gemm_result result,
    float *c, size_t ldc) {
  const size_t wide = CK_TILE_PANELS * CK_GEMM_PANEL, panel = k * CK_GEMM_PANEL;
  for (size_t top = 0; top < m; top += CK_GEMM_ROWS) {
    const size_t bottom = m - top < CK_GEMM_ROWS ? m : top + CK_GEMM_ROWS;
    for (size_t column = 0; column < n; column += wide) {
      const size_t cols = n - column < wide ? n - column : wide;
      const size_t panels = (cols + CK_GEMM_PANEL - 1) / CK_GEMM_PANEL;
      size_t from = 0;
      do {
        const size_t depth = k - from < CK_GEMM_DEPTH ? k - from : CK_GEMM_DEPTH;
        const int last = from + depth == k, add = from > 0 || result == CK_GEMM_ACCUMULATE;
        const float *right = b + column * k + from * CK_GEMM_PANEL;
        for (size_t row = top; row < bottom; row += CK_TILE_ROWS) {
          const size_t rows = bottom - row < CK_TILE_ROWS ? bottom - row : CK_TILE_ROWS;
          CK_AT(tiles)[rows - 1][panels - 1](
              depth, a + row * lda + from, lda, right, panel, last && bias ? bias + column : NULL, add,
              c + row * ldc + column, ldc, cols);
          if (last && result == CK_GEMM_GELU) CK_AT(gelu_block)(c + row * ldc + column, ldc, rows, cols);
        }
        from += depth;
      } while (from < k);
    }
  }
}

#undef CK_TILE_VECTORS
#undef CK_PANEL_VECTORS
#undef CK_TILE_ROWS
#undef CK_TILE_PANELS
#undef CK_TILES
