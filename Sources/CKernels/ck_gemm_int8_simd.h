// The product of ck_gemm_int8.h for vectors of CK_W sums. Included once per kind, after ck_vector.h, with these macros defined:
// - CK_MR, CK_NR and CK_TILES: the tiles of C that stay in registers, see ck_tile.h;
// - CK_LEFT(x): converts four codes of a row, broadcast to every lane, before they are multiplied;
// - CK_DOT(sum, left, right): sum + the products of four codes, in each lane;
// - CK_OFFSET: the number that CK_LEFT subtracts from each code of a row.
// Undefines them.

#include "ck_gelu_simd.h"

CK_INLINE VI CK_AT(load_codes)(const int8_t *p) {
    VI x;
    memcpy(&x, p, sizeof x);
    return x;
}

/// Broadcasts four codes of a row to every lane.
CK_INLINE VI CK_AT(fill_codes)(const uint8_t *p) {
    int32_t x;
    memcpy(&x, p, sizeof x);
    return x - (VI){};
}

/// Converts sums of products to values of C, see ck_gemm_int8.h. `scale`, `weight` and `bias` are those of the columns.
CK_INLINE V CK_AT(value)(VI sum, V row_scale, V row_low, V scale, V weight, V bias) {
    return CK_AT(fma)(__builtin_convertvector(sum, V) * row_scale, scale, CK_AT(fma)(row_low, weight, bias));
}

/// Computes group `group` of a tile of `rows` × `vectors` vectors, both compile-time constants, whose first column is `column`.
/// `depth` is k, a multiple of 4. Also prefetches into the L2 cache, beginning at `ahead`, one line per step.
CK_INLINE void CK_AT(tile)(
    const int rows, const int vectors, size_t depth, size_t group, const ck_codes_rows *a, size_t row,
    const ck_codes_columns *w, size_t column, const float *bias, int add, float *c, size_t ldc, size_t cols,
    uintptr_t ahead) {
    const size_t from = group * CK_CODES_GROUP, groups = ck_codes_groups(depth);
    const size_t steps = (depth - from < CK_CODES_GROUP ? depth - from : CK_CODES_GROUP) / CK_CODES_STEP;
    const uint8_t *left = a->codes + row * a->stride + from;
    const size_t stride = a->stride, panel = depth * CK_GEMM_PANEL;
    const int8_t *right = w->packed + column * depth + from * CK_GEMM_PANEL;
    VI sum[CK_MR][CK_TILE_VECTORS];
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++)
#pragma clang loop unroll(full)
        for (int j = 0; j < vectors; j++) sum[i][j] = (VI){};
#pragma clang loop unroll_count(1)
    for (size_t p = 0; p < steps; p++) {
        __builtin_prefetch((const void *)(ahead + p * CK_GEMM_PANEL * CK_CODES_STEP), 0, 2);
        VI codes[CK_TILE_VECTORS];
#pragma clang loop unroll(full)
        for (int j = 0; j < vectors; j++)
            codes[j] = CK_AT(load_codes)(
                right + j / CK_PANEL_VECTORS * panel + (p * CK_GEMM_PANEL + j % CK_PANEL_VECTORS * CK_W) * CK_CODES_STEP);
#pragma clang loop unroll(full)
        for (int i = 0; i < rows; i++) {
            const VI x = CK_LEFT(CK_AT(fill_codes)(left + i * stride + p * CK_CODES_STEP));
#pragma clang loop unroll(full)
            for (int j = 0; j < vectors; j++) sum[i][j] = CK_DOT(sum[i][j], x, codes[j]);
        }
    }
#pragma clang loop unroll(full)
    for (int j = 0; j < vectors; j++) {
        const size_t at = (size_t)j * CK_W;
        if (at >= cols) break;
        const size_t part = cols - at;
        const int whole = part >= CK_W;
        const size_t place = group * w->group_stride + column + at;
        const float *scales = w->scale + place, *weights = w->weight + place;
        const V scale = whole ? CK_AT(load)(scales) : CK_AT(load_part)(scales, part, 0);
        const V weight = whole ? CK_AT(load)(weights) : CK_AT(load_part)(weights, part, 0);
        V shift = {};
        if (bias) shift = whole ? CK_AT(load)(bias + at) : CK_AT(load_part)(bias + at, part, 0);
        VI taken = {};
        if (CK_OFFSET) memcpy(&taken, w->sum + place, (whole ? CK_W : part) * sizeof(int32_t));
        taken *= CK_OFFSET;
#pragma clang loop unroll(full)
        for (int i = 0; i < rows; i++) {
            float *to = c + i * ldc + at;
            const size_t range = (row + i) * groups + group;
            V x = CK_AT(value)(
                sum[i][j] + taken, CK_AT(fill)(a->scale[range]), CK_AT(fill)(a->low[range]), scale, weight, shift);
            if (whole)
                CK_AT(store)(to, add ? CK_AT(load)(to) + x : x);
            else
                CK_AT(store_part)(to, add ? CK_AT(load_part)(to, part, 0) + x : x, part);
        }
    }
}

typedef void (*CK_AT(tile_function))(
    size_t depth, size_t group, const ck_codes_rows *a, size_t row, const ck_codes_columns *w, size_t column,
    const float *bias, int add, float *c, size_t ldc, size_t cols, uintptr_t ahead);

#define CK_TILE(R, P)                                                                                             \
    static void CK_AT(tile_##R##x##P)(                                                                            \
        size_t depth, size_t group, const ck_codes_rows *a, size_t row, const ck_codes_columns *w, size_t column, \
        const float *bias, int add, float *c, size_t ldc, size_t cols, uintptr_t ahead) {                         \
        CK_AT(tile)(R, P * CK_PANEL_VECTORS, depth, group, a, row, w, column, bias, add, c, ldc, cols, ahead);    \
    }
CK_TILES(CK_TILE)
#undef CK_TILE

/// Indexed by rows − 1 and panels − 1.
static const CK_AT(tile_function) CK_AT(tiles)[CK_MR][CK_TILE_PANELS] = {CK_TILES(CK_TILE_ENTRY)};

/// Returns the address that tile number `tile` of a column prefetches: the same group in a panel of the next columns, which
/// begin at `next`. Surplus tiles prefetch the last panel again.
CK_INLINE uintptr_t CK_AT(ahead)(const int8_t *next, size_t depth, size_t group, size_t tile) {
    const size_t which = tile < CK_TILE_PANELS ? tile : CK_TILE_PANELS - 1;
    return (uintptr_t)next + (which * depth + group * CK_CODES_GROUP) * CK_GEMM_PANEL;
}

/// Computes the product for blocks of rows of A that stay in the L2 cache while all panels are multiplied.
static void CK_AT(gemm)(
    ck_codes_rows a, size_t m, size_t k, ck_codes_columns w, size_t n, const float *bias, ck_gemm_result result, float *c,
    size_t ldc) {
    const size_t wide = CK_NR, groups = ck_codes_groups(k);
    const size_t depth = (k + CK_CODES_STEP - 1) / CK_CODES_STEP * CK_CODES_STEP;
    for (size_t top = 0; top < m; top += CK_MC) {
        const size_t bottom = m - top < CK_MC ? m : top + CK_MC;
        for (size_t column = 0; column < n; column += wide) {
            const size_t cols = n - column < wide ? n - column : wide;
            const size_t panels = (cols + CK_GEMM_PANEL - 1) / CK_GEMM_PANEL;
            const int8_t *next = w.packed + (column + wide < n ? (column + wide) * depth : 0);
            for (size_t row = top; row < bottom; row += CK_MR) {
                const size_t rows = bottom - row < CK_MR ? bottom - row : CK_MR;
                const CK_AT(tile_function) tile = CK_AT(tiles)[rows - 1][panels - 1];
                float *to = c + row * ldc + column;
                for (size_t group = 0; group < groups; group++)
                    tile(
                        depth, group, &a, row, &w, column, group == 0 && bias ? bias + column : NULL,
                        group > 0 || result == CK_GEMM_ACCUMULATE, to, ldc, cols,
                        CK_AT(ahead)(next, depth, group, (row - top) / CK_MR));
                if (result == CK_GEMM_GELU) CK_AT(gelu_block)(to, ldc, rows, cols);
            }
        }
    }
}

#undef CK_MR
#undef CK_NR
#undef CK_TILES
#undef CK_LEFT
#undef CK_DOT
#undef CK_OFFSET
