#ifndef CK_TILE_H
#define CK_TILE_H

#include "ck_gemm.h"

// The tiles of C that stay in registers: MR × NR elements (Van Zee & van de Geijn 2015), fewer at the edges of C. CK_TILES_MRxNR expands
// TILE(rows, panels) for each size. ck_gemm_simd.h and ck_gemm_int8_simd.h are included with CK_MR, CK_NR and CK_TILES, one of the lists.

#define CK_TILES_4x16(TILE) TILE(1, 1) TILE(2, 1) TILE(3, 1) TILE(4, 1)

// The tile uses 15 of 16 registers: 12 accumulators, two for a row of the panel, and one for an element of A.
#define CK_TILES_6x16(TILE) CK_TILES_4x16(TILE) TILE(5, 1) TILE(6, 1)

// 24 of the 32 registers are accumulators; 11 loads serve 24 multiplications; 384, 1152 and 1536 are multiples of 48.
#define CK_TILES_8x48(TILE) CK_TILES_4x48(TILE, 1, 2, 3, 4) CK_TILES_4x48(TILE, 5, 6, 7, 8)
#define CK_TILES_4x48(TILE, A, B, C, D) CK_TILE_ROW(TILE, A) CK_TILE_ROW(TILE, B) CK_TILE_ROW(TILE, C) CK_TILE_ROW(TILE, D)
#define CK_TILE_ROW(TILE, R) TILE(R, 1) TILE(R, 2) TILE(R, 3)

/// Number of panels of a tile, and of vectors of a panel and of a tile.
#define CK_TILE_PANELS (CK_NR / CK_GEMM_PANEL)
#define CK_PANEL_VECTORS (CK_GEMM_PANEL / CK_W)
#define CK_TILE_VECTORS (CK_NR / CK_W)

/// The element for a size of tile in a table of functions, indexed by rows − 1 and panels − 1.
#define CK_TILE_ENTRY(R, P) [R - 1][P - 1] = CK_AT(tile_##R##x##P),

#endif
