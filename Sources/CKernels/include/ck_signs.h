#ifndef CK_SIGNS_H
#define CK_SIGNS_H

#include <stddef.h>
#include <stdint.h>

#include "ck_level.h"

#ifdef __cplusplus
extern "C" {
#endif

// The signs of vectors, a bit a component: 1 where it is negative. Component i is bit i % 64 of word i / 64; bits past the
// last component are 0. How many bits of two vectors differ grows with the angle between them, by chance more or less.

/// Words of the signs of `d` components.
static inline size_t ck_sign_words(size_t d) { return (d + 63) / 64; }

/// Writes the signs of `d` int8, `ck_sign_words(d)` words.
void ck_signs_i8(const int8_t *components, size_t d, uint64_t *signs);

/// out[i]: in how many bits `query` differs from row rows[i] of `signs`, rows of `words` words one after the other.
void ck_sign_distances(
    const uint64_t *query, const uint64_t *signs, const uint32_t *rows, size_t count, size_t words, uint32_t *out);
void ck_sign_distances_at(
    ck_level level, const uint64_t *query, const uint64_t *signs, const uint32_t *rows, size_t count, size_t words,
    uint32_t *out);

/// The greatest of `rows`; 0 of none. To check, before any is read, that all are there.
uint32_t ck_greatest_row(const uint32_t *rows, size_t count);

/// Working memory of `ck_least_distant`, in numbers: for each distance as many counts as rows are looked at a time.
static inline size_t ck_distance_counts(uint32_t largest) { return 4 * ((size_t)largest + 1); }

/// Writes those of `rows` with the `wanted` least of their `distances`, and all that are as far as the last of them, in their
/// order, to `out`, which has room for `count`; returns how many. `counts` is working memory for `ck_distance_counts(largest)`
/// numbers; distances above `largest` count as that.
size_t ck_least_distant(
    const uint32_t *distances, const uint32_t *rows, size_t count, size_t wanted, uint32_t *counts, uint32_t largest, uint32_t *out);
size_t ck_least_distant_at(
    ck_level level, const uint32_t *distances, const uint32_t *rows, size_t count, size_t wanted, uint32_t *counts, uint32_t largest,
    uint32_t *out);

#ifdef __cplusplus
}
#endif

#endif
