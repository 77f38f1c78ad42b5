// The product of ck_gemm.h for vectors of CK_W floats. Included once per level, after ck_vector.h.

#include "ck_gelu_simd.h"

#if CK_W == 16
#define CK_MR 8
#define CK_NR 48
#define CK_TILES CK_TILES_8x48
#else
#define CK_MR 6
#define CK_NR 16
#define CK_TILES CK_TILES_6x16
#endif

/// Number of rows of A that one address register can address: base, base + lda and base + 2·lda.
#define CK_GROUP 3
#define CK_TILE_GROUPS ((CK_MR + CK_GROUP - 1) / CK_GROUP)
/// Number of steps of k between two branches; one cache line is prefetched per stretch.
#define CK_STRETCH 4

/// Returns p, and hides its origin from the compiler. Otherwise the compiler would compute every row's address from the first
/// one, and spill the addresses to memory when they exceed the registers.
CK_INLINE const float *CK_AT(pointer)(const float *p) {
    __asm__("" : "+r"(p));
    return p;
}

/// Computes step `at` of k: multiplies the element of each row of A by a row of the panels.
CK_INLINE void CK_AT(step)(
    const int rows, const int vectors, const int at, const float *const *groups, size_t lda, const float *b, size_t panel,
    V (*sum)[CK_TILE_VECTORS]) {
    V right[CK_TILE_VECTORS];
#pragma clang loop unroll(full)
    for (int j = 0; j < vectors; j++)
        right[j] = CK_AT(load)(b + j / CK_PANEL_VECTORS * panel + at * CK_GEMM_PANEL + j % CK_PANEL_VECTORS * CK_W);
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++) {
        V left = CK_AT(fill)(groups[i / CK_GROUP][i % CK_GROUP * lda + at]);
#pragma clang loop unroll(full)
        for (int j = 0; j < vectors; j++) sum[i][j] = CK_AT(fma)(left, right[j], sum[i][j]);
    }
}

/// Computes a tile of `rows` × `vectors` vectors, both compile-time constants: sums the products of its rows of A and columns of
/// B in the order of k, with one accumulator per element, adds C (`add`) and the bias, and stores the result in C. Also prefetches
/// into the L2 cache, beginning at `ahead`, one line per stretch.
CK_INLINE void CK_AT(tile)(
    const int rows, const int vectors, size_t k, const float *a, size_t lda, const float *b, size_t panel, const float *bias,
    int add, float *c, size_t ldc, size_t cols, uintptr_t ahead) {
    V sum[CK_MR][CK_TILE_VECTORS];
    const float *groups[CK_TILE_GROUPS];
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i++)
#pragma clang loop unroll(full)
        for (int j = 0; j < vectors; j++) sum[i][j] = (V){};
#pragma clang loop unroll(full)
    for (int i = 0; i < rows; i += CK_GROUP) groups[i / CK_GROUP] = CK_AT(pointer)(a + i * lda);
    size_t left = k;
#pragma clang loop unroll(disable)
    for (; left >= CK_STRETCH; left -= CK_STRETCH) {
        __builtin_prefetch((const void *)ahead, 0, 2);
        ahead += CK_LINE;
#pragma clang loop unroll(full)
        for (int at = 0; at < CK_STRETCH; at++) CK_AT(step)(rows, vectors, at, groups, lda, b, panel, sum);
#pragma clang loop unroll(full)
        for (int i = 0; i < rows; i += CK_GROUP) groups[i / CK_GROUP] = CK_AT(pointer)(groups[i / CK_GROUP] + CK_STRETCH);
        b = CK_AT(pointer)(b + CK_STRETCH * CK_GEMM_PANEL);
    }
#pragma clang loop unroll(disable)
    for (; left > 0; left--) {
        CK_AT(step)(rows, vectors, 0, groups, lda, b, panel, sum);
#pragma clang loop unroll(full)
        for (int i = 0; i < rows; i += CK_GROUP) groups[i / CK_GROUP] = CK_AT(pointer)(groups[i / CK_GROUP] + 1);
        b = CK_AT(pointer)(b + CK_GEMM_PANEL);
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
    size_t cols, uintptr_t ahead);

#define CK_TILE(R, P)                                                                                             \
    static void CK_AT(tile_##R##x##P)(                                                                            \
        size_t k, const float *a, size_t lda, const float *b, size_t panel, const float *bias, int add, float *c, \
        size_t ldc, size_t cols, uintptr_t ahead) {                                                               \
        CK_AT(tile)(R, P * CK_PANEL_VECTORS, k, a, lda, b, panel, bias, add, c, ldc, cols, ahead);                \
    }
CK_TILES(CK_TILE)
#undef CK_TILE

/// Indexed by rows − 1 and panels − 1.
static const CK_AT(tile_function) CK_AT(tiles)[CK_MR][CK_TILE_PANELS] = {CK_TILES(CK_TILE_ENTRY)};

/// Returns the address where tile number `tile` of a column begins to prefetch `depth` steps of k of the next tiles' panels, which
/// begin at `next`. A tile has enough stretches for a quarter of a panel; surplus tiles prefetch the last panel again.
CK_INLINE uintptr_t CK_AT(ahead)(uintptr_t next, size_t panel, size_t depth, size_t tile) {
    const size_t quarter = depth / CK_STRETCH * CK_LINE;
    const size_t which = tile / CK_STRETCH < CK_TILE_PANELS ? tile / CK_STRETCH : CK_TILE_PANELS - 1;
    return next + which * panel * sizeof(float) + tile % CK_STRETCH * quarter;
}

/// Parameters that the tiles of a block share: A and B from the block's first step of k, and its `depth` steps.
typedef struct {
    size_t depth;
    const float *a;
    size_t lda;
    size_t panel;  ///< floats from a panel of B to the next one
    int add;
    int gelu;
    size_t ldc;
} CK_AT(block);

/// Computes a column of tiles: `cols` columns of C. Prefetches the panels from `next`, so that the next column does not wait
/// for memory.
static void CK_AT(column)(
    const CK_AT(block) *block, size_t m, const float *b, uintptr_t next, const float *bias, float *c, size_t cols) {
    const size_t panels = (cols + CK_GEMM_PANEL - 1) / CK_GEMM_PANEL;
    for (size_t row = 0; row < m; row += CK_MR, c += CK_MR * block->ldc) {
        const size_t rows = m - row < CK_MR ? m - row : CK_MR;
        const CK_AT(tile_function) tile = CK_AT(tiles)[rows - 1][panels - 1];
        tile(
            block->depth, block->a + row * block->lda, block->lda, b, block->panel, bias, block->add, c, block->ldc, cols,
            CK_AT(ahead)(next, block->panel, block->depth, row / CK_MR));
        if (block->gelu) CK_AT(gelu_block)(c, block->ldc, rows, cols);
    }
}

/// Computes the rows of C for a block of rows of A, one block of k at a time, so that the block of A stays in the L2 cache while
/// all panels are multiplied. The last tiles prefetch the panels from `after`.
static void CK_AT(rows)(
    const float *a, size_t m, size_t k, size_t lda, const float *b, size_t n, const float *bias, ck_gemm_result result,
    float *c, size_t ldc, uintptr_t after) {
    const size_t wide = CK_NR;
    size_t from = 0;
    do {
        const size_t depth = k - from < CK_KC ? k - from : CK_KC;
        const int last = from + depth == k;
        const int add = from > 0 || result == CK_GEMM_ACCUMULATE, gelu = last && result == CK_GEMM_GELU;
        const CK_AT(block) block = {depth, a + from, lda, k * CK_GEMM_PANEL, add, gelu, ldc};
        const float *first = b + from * CK_GEMM_PANEL;
        for (size_t column = 0; column < n; column += wide) {
            const float *right = first + column * k, *shift = last && bias ? bias + column : NULL;
            const float *next = column + wide < n ? right + wide * k : first + depth * CK_GEMM_PANEL;
            const uintptr_t ahead = last && column + wide >= n ? after : (uintptr_t)next;
            CK_AT(column)(&block, m, right, ahead, shift, c + column, n - column < wide ? n - column : wide);
        }
        from += depth;
    } while (from < k);
}

/// Computes the product for blocks of rows of A of about equal height. Each block reads all of B, so it prefetches the beginning
/// of B for the next block. The last one prefetches what follows B: the next product's weights, if stored in the order of use.
static void CK_AT(gemm)(
    const float *a, size_t m, size_t k, size_t lda, const float *b, size_t n, const float *bias, ck_gemm_result result,
    float *c, size_t ldc) {
    const size_t blocks = (m + CK_MC - 1) / CK_MC, length = blocks ? (m + blocks - 1) / blocks : 0;
    const size_t height = (length + CK_MR - 1) / CK_MR * CK_MR;
    const uintptr_t start = (uintptr_t)b, end = start + ck_gemm_packed_count(k, n) * sizeof *b;
    for (size_t top = 0; top < m; top += height) {
        const int more = m - top > height;
        const uintptr_t after = more || k * n <= CK_GEMM_SMALL ? start : end;
        CK_AT(rows)(a + top * lda, more ? height : m - top, k, lda, b, n, bias, result, c + top * ldc, ldc, after);
    }
}

#undef CK_STRETCH
#undef CK_TILE_GROUPS
#undef CK_GROUP
#undef CK_MR
#undef CK_NR
#undef CK_TILES
