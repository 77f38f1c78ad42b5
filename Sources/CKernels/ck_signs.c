#include "ck_signs.h"

#include <string.h>

/// Rows fetched ahead of the one that is compared.
#define CK_AHEAD 16

void ck_signs_i8(const int8_t *components, size_t d, uint64_t *signs) {
    memset(signs, 0, ck_sign_words(d) * sizeof *signs);
    for (size_t i = 0; i < d; i++) signs[i / 64] |= (uint64_t)(components[i] < 0) << (i % 64);
}

static inline __attribute__((always_inline)) void distances(
    const uint64_t *query, const uint64_t *signs, const uint32_t *rows, size_t count, size_t words, uint32_t *out) {
    for (size_t i = 0; i < count; i++) {
        if (i + CK_AHEAD < count) {
            const uint64_t *ahead = signs + rows[i + CK_AHEAD] * words;
            for (size_t j = 0; j < words; j += 8) __builtin_prefetch(ahead + j);
            __builtin_prefetch(ahead + words - 1);
        }
        const uint64_t *row = signs + rows[i] * words;
        uint32_t differing = 0;
        for (size_t j = 0; j < words; j++) differing += (uint32_t)__builtin_popcountll(query[j] ^ row[j]);
        out[i] = differing;
    }
}

static void distances_scalar(
    const uint64_t *query, const uint64_t *signs, const uint32_t *rows, size_t count, size_t words, uint32_t *out) {
    distances(query, signs, rows, count, words, out);
}

#if defined(__x86_64__)

/// Every processor with AVX2 counts bits in one instruction. For the dimension of most small encoders the loop is unrolled.
__attribute__((target("avx2,fma,popcnt"))) static void distances_popcnt(
    const uint64_t *query, const uint64_t *signs, const uint32_t *rows, size_t count, size_t words, uint32_t *out) {
    if (words == 6) return distances(query, signs, rows, count, 6, out);
    distances(query, signs, rows, count, words, out);
}

#endif

void ck_sign_distances_at(
    ck_level level, const uint64_t *query, const uint64_t *signs, const uint32_t *rows, size_t count, size_t words,
    uint32_t *out) {
#if defined(__x86_64__)
    if (level >= CK_AVX2 && ck_best_level() >= CK_AVX2) return distances_popcnt(query, signs, rows, count, words, out);
#else
    (void)level;
#endif
    distances_scalar(query, signs, rows, count, words, out);
}

void ck_sign_distances(
    const uint64_t *query, const uint64_t *signs, const uint32_t *rows, size_t count, size_t words, uint32_t *out) {
    ck_sign_distances_at(CK_AVX512, query, signs, rows, count, words, out);
}

size_t ck_least_distant(
    const uint32_t *distances, const uint32_t *rows, size_t count, size_t wanted, uint32_t *counts, uint32_t largest, uint32_t *out) {
    memset(counts, 0, ((size_t)largest + 1) * sizeof *counts);
    for (size_t i = 0; i < count; i++) counts[distances[i] < largest ? distances[i] : largest]++;
    size_t below = 0;
    uint32_t bound = 0;
    while (below < wanted && bound <= largest) below += counts[bound++];
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        // Written in any case, and overwritten by the next unless it is kept: which it is cannot be foretold.
        out[kept] = rows[i];
        kept += distances[i] < bound;
    }
    return kept;
}
