#ifndef CK_BINARY_CODES_H
#define CK_BINARY_CODES_H

#include <stddef.h>
#include <stdint.h>

#include "ck_level.h"

#ifdef __cplusplus
extern "C" {
#endif

// Binary codes of vectors: one sign bit per component, 1 if it is negative. Component i is bit i % 64 of word i / 64; bits after
// the last component are 0. The expected number of differing bits of two vectors grows with the angle between them.

/// Number of words of the binary code of `d` components.
static inline size_t ck_binary_code_words(size_t d) { return (d + 63) / 64; }

/// Writes the binary code of `d` int8 components, `ck_binary_code_words(d)` words.
void ck_binary_codes_i8(const int8_t *components, size_t d, uint64_t *codes);

/// out[i] = the number of bits in which `query` differs from row rows[i] of `codes`, which has contiguous rows of `words` words.
void ck_binary_code_distances(
    const uint64_t *query, const uint64_t *codes, const uint32_t *rows, size_t count, size_t words, uint32_t *out);
void ck_binary_code_distances_at(
    ck_level level, const uint64_t *query, const uint64_t *codes, const uint32_t *rows, size_t count, size_t words,
    uint32_t *out);

/// Returns the maximum of `rows`, 0 if there are none: for checking that all rows exist before they are read.
uint32_t ck_greatest_row(const uint32_t *rows, size_t count);

/// Size of the working memory of `ck_least_distant`, in numbers: four histograms of the distances 0 ... `largest`.
static inline size_t ck_distance_counts(uint32_t largest) { return 4 * ((size_t)largest + 1); }

/// Writes the `wanted` rows with the smallest `distances`, and all rows that tie with the last of them, in the order of `rows`, to
/// `out`, which must have room for `count`. Returns their number. `counts` is working memory for `ck_distance_counts(largest)`
/// numbers; distances above `largest` are treated as `largest`.
size_t ck_least_distant(
    const uint32_t *distances, const uint32_t *rows, size_t count, size_t wanted, uint32_t *counts, uint32_t largest,
    uint32_t *out);
size_t ck_least_distant_at(
    ck_level level, const uint32_t *distances, const uint32_t *rows, size_t count, size_t wanted, uint32_t *counts,
    uint32_t largest, uint32_t *out);

/// Number of rows compared at a time by `ck_nearest_codes`.
#define CK_NEAREST_BLOCK 512

/// Does what `ck_binary_code_distances` and then `ck_least_distant` do, without storing the distances of all rows. `counts` is working
/// memory for `largest + 1` numbers; `out` and `distances`, working memory too, have room for `capacity` numbers. Returns the number of
/// rows written, or SIZE_MAX if the capacity does not suffice: it must be larger than the number of rows to return by
/// CK_NEAREST_BLOCK, and the larger, the faster.
size_t ck_nearest_codes(
    const uint64_t *query, const uint64_t *codes, const uint32_t *rows, size_t count, size_t words, size_t wanted,
    uint32_t *counts, uint32_t largest, uint32_t *distances, uint32_t *out, size_t capacity);
size_t ck_nearest_codes_at(
    ck_level level, const uint64_t *query, const uint64_t *codes, const uint32_t *rows, size_t count, size_t words,
    size_t wanted, uint32_t *counts, uint32_t largest, uint32_t *distances, uint32_t *out, size_t capacity);

#ifdef __cplusplus
}
#endif

#endif
