#include "ck_binary_codes.h"

#include <string.h>

#include "ck_prefetch.h"

/// Number of rows prefetched ahead of the compared one.
#define CK_AHEAD 16

#define CK_INLINE static inline __attribute__((always_inline))

void ck_binary_codes_i8(const int8_t *components, size_t d, uint64_t *codes) {
    memset(codes, 0, ck_binary_code_words(d) * sizeof *codes);
    for (size_t i = 0; i < d; i++) codes[i / 64] |= (uint64_t)(components[i] < 0) << (i % 64);
}

/// Prefetches the row that is compared CK_AHEAD rows after row `i`.
CK_INLINE void prefetch(const uint64_t *codes, const uint32_t *rows, size_t words, size_t i, size_t count) {
    if (i + CK_AHEAD >= count) return;
    const uint64_t *ahead = codes + rows[i + CK_AHEAD] * words;
    ck_prefetch(ahead, words * sizeof *ahead);
    // A row does not begin at a cache line, so it may extend into one more.
    __builtin_prefetch(ahead + words - 1);
}

CK_INLINE void distances(
    const uint64_t *query, const uint64_t *codes, const uint32_t *rows, size_t count, size_t words, uint32_t *out) {
    for (size_t i = 0; i < count; i++) {
        prefetch(codes, rows, words, i, count);
        const uint64_t *row = codes + rows[i] * words;
        uint32_t differing = 0;
        for (size_t j = 0; j < words; j++) differing += (uint32_t)__builtin_popcountll(query[j] ^ row[j]);
        out[i] = differing;
    }
}

static void distances_scalar(
    const uint64_t *query, const uint64_t *codes, const uint32_t *rows, size_t count, size_t words, uint32_t *out) {
    distances(query, codes, rows, count, words, out);
}

CK_INLINE uint32_t greatest(const uint32_t *rows, size_t count) {
    uint32_t greatest = 0;
    for (size_t i = 0; i < count; i++) greatest = rows[i] > greatest ? rows[i] : greatest;
    return greatest;
}

static uint32_t greatest_scalar(const uint32_t *rows, size_t count) { return greatest(rows, count); }

#if defined(__x86_64__)
#include <immintrin.h>

__attribute__((target("avx2,fma,popcnt"))) static uint32_t greatest_avx2(const uint32_t *rows, size_t count) {
    return greatest(rows, count);
}

/// Every processor with AVX2 has a popcount instruction. The loop is unrolled for 384 dimensions, as most small encoders have.
__attribute__((target("avx2,fma,popcnt"))) static void distances_popcnt(
    const uint64_t *query, const uint64_t *codes, const uint32_t *rows, size_t count, size_t words, uint32_t *out) {
    if (words == 6) return distances(query, codes, rows, count, 6, out);
    distances(query, codes, rows, count, words, out);
}

#pragma clang attribute push( \
    __attribute__((target("avx2,fma,popcnt,avx512f,avx512bw,avx512dq,avx512vl,avx512vpopcntdq"))), apply_to = function)

/// Maximum words per row for counting bits eight words at a time: such rows differ in less than 2^16 bits.
#define CK_WIDE_WORDS 1016

/// Returns the number of differing bits, summed separately in eight lanes.
CK_INLINE __m512i differing(const uint64_t *query, const uint64_t *row, size_t words, __mmask8 last) {
    __m512i sum = _mm512_setzero_si512();
    size_t j = 0;
    for (; j + 8 < words; j += 8)
        sum = _mm512_add_epi64(
            sum, _mm512_popcnt_epi64(_mm512_xor_si512(_mm512_loadu_si512(query + j), _mm512_loadu_si512(row + j))));
    const __m512i rest =
        _mm512_xor_si512(_mm512_maskz_loadu_epi64(last, query + j), _mm512_maskz_loadu_epi64(last, row + j));
    return _mm512_add_epi64(sum, _mm512_popcnt_epi64(rest));
}

/// Packs the lane sums of four rows as 16-bit numbers, the first row's lowest. A lane's sum fits in 16 bits.
CK_INLINE __m128i sums(__m512i a, __m512i b, __m512i c, __m512i d) {
    const __m512i pairs = _mm512_or_si512(a, _mm512_slli_epi64(b, 16)),
                  others = _mm512_or_si512(c, _mm512_slli_epi64(d, 16));
    const __m512i all = _mm512_or_si512(pairs, _mm512_slli_epi64(others, 32));
    const __m256i half = _mm256_add_epi16(_mm512_castsi512_si256(all), _mm512_extracti64x4_epi64(all, 1));
    return _mm_add_epi16(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
}

/// Compares eight rows at a time.
CK_INLINE void distances_wide(
    const uint64_t *query, const uint64_t *codes, const uint32_t *rows, size_t count, size_t words, uint32_t *out) {
    const __mmask8 last = (__mmask8)((1u << ((words - 1) % 8 + 1)) - 1);
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        __m512i row[8];
        for (size_t k = 0; k < 8; k++) {
            prefetch(codes, rows, words, i + k, count);
            row[k] = differing(query, codes + rows[i + k] * words, words, last);
        }
        const __m128i a = sums(row[0], row[1], row[2], row[3]), b = sums(row[4], row[5], row[6], row[7]);
        const __m128i both = _mm_add_epi16(_mm_unpacklo_epi64(a, b), _mm_unpackhi_epi64(a, b));
        _mm256_storeu_si256((__m256i *)(out + i), _mm256_cvtepu16_epi32(both));
    }
    distances(query, codes, rows + i, count - i, words, out + i);
}

static void distances_vpopcnt(
    const uint64_t *query, const uint64_t *codes, const uint32_t *rows, size_t count, size_t words, uint32_t *out) {
    if (words == 6) return distances_wide(query, codes, rows, count, 6, out);
    if (words == 0 || words > CK_WIDE_WORDS) return distances(query, codes, rows, count, words, out);
    distances_wide(query, codes, rows, count, words, out);
}
#pragma clang attribute pop

#endif

void ck_binary_code_distances_at(
    ck_level level, const uint64_t *query, const uint64_t *codes, const uint32_t *rows, size_t count, size_t words,
    uint32_t *out) {
#if defined(__x86_64__)
    if (level >= CK_AVX512 && ck_has_vpopcnt()) return distances_vpopcnt(query, codes, rows, count, words, out);
    if (level >= CK_AVX2 && ck_best_level() >= CK_AVX2) return distances_popcnt(query, codes, rows, count, words, out);
#else
    (void)level;
#endif
    distances_scalar(query, codes, rows, count, words, out);
}

void ck_binary_code_distances(
    const uint64_t *query, const uint64_t *codes, const uint32_t *rows, size_t count, size_t words, uint32_t *out) {
    ck_binary_code_distances_at(CK_AVX512, query, codes, rows, count, words, out);
}

uint32_t ck_greatest_row(const uint32_t *rows, size_t count) {
#if defined(__x86_64__)
    if (ck_best_level() >= CK_AVX2) return greatest_avx2(rows, count);
#endif
    return greatest_scalar(rows, count);
}

static inline uint32_t within(uint32_t distance, uint32_t largest) { return distance < largest ? distance : largest; }

/// Returns the exclusive upper bound on the distances to keep, from a histogram. Consecutive rows often have the same distance,
/// and incrementing one count again would wait for the previous store: so there are four histograms.
static uint32_t bound(const uint32_t *distances, size_t count, size_t wanted, uint32_t *counts, uint32_t largest) {
    memset(counts, 0, ck_distance_counts(largest) * sizeof *counts);
    size_t i = 0;
    for (; i + 4 <= count; i += 4)
        for (size_t k = 0; k < 4; k++) counts[4 * (size_t)within(distances[i + k], largest) + k]++;
    for (; i < count; i++) counts[4 * (size_t)within(distances[i], largest)]++;
    size_t below = 0;
    uint32_t limit = 0;
    for (; below < wanted && limit <= largest; limit++, counts += 4)
        below += (size_t)counts[0] + counts[1] + counts[2] + counts[3];
    return limit;
}

/// Continues at row `i`, after `kept` rows were written. Returns the new number of written rows.
static size_t keep(
    const uint32_t *distances, const uint32_t *rows, size_t i, size_t count, uint32_t bound, size_t kept, uint32_t *out) {
    for (; i < count; i++) {
        // Writes every row, which the next one overwrites unless it is kept: a branch would be unpredictable.
        out[kept] = rows[i];
        kept += distances[i] < bound;
    }
    return kept;
}

#if defined(__x86_64__)
/// Processes 16 rows at a time without branches. Always writes 16 elements: the output has room, because the number of kept rows
/// does not exceed the number of processed rows.
__attribute__((target("avx2,fma,popcnt,avx512f,avx512bw,avx512dq,avx512vl"))) static size_t keep_avx512(
    const uint32_t *distances, const uint32_t *rows, size_t count, uint32_t bound, uint32_t *out) {
    const __m512i limit = _mm512_set1_epi32((int)bound);
    size_t i = 0, kept = 0;
    for (; i + 16 <= count; i += 16) {
        const __mmask16 near = _mm512_cmplt_epu32_mask(_mm512_loadu_si512(distances + i), limit);
        _mm512_storeu_si512(out + kept, _mm512_maskz_compress_epi32(near, _mm512_loadu_si512(rows + i)));
        kept += (size_t)__builtin_popcount(near);
    }
    return keep(distances, rows, i, count, bound, kept, out);
}
#endif

size_t ck_least_distant_at(
    ck_level level, const uint32_t *distances, const uint32_t *rows, size_t count, size_t wanted, uint32_t *counts,
    uint32_t largest, uint32_t *out) {
    const uint32_t limit = bound(distances, count, wanted, counts, largest);
#if defined(__x86_64__)
    if (level >= CK_AVX512 && ck_best_level() >= CK_AVX512) return keep_avx512(distances, rows, count, limit, out);
#else
    (void)level;
#endif
    return keep(distances, rows, 0, count, limit, 0, out);
}

size_t ck_least_distant(
    const uint32_t *distances, const uint32_t *rows, size_t count, size_t wanted, uint32_t *counts, uint32_t largest,
    uint32_t *out) {
    return ck_least_distant_at(CK_AVX512, distances, rows, count, wanted, counts, largest, out);
}

/// Rows kept so far, with their distances, and a histogram of these distances.
typedef struct {
    uint32_t *rows, *distances, *counts;
    size_t kept;
    uint32_t bound;  // exclusive upper bound on the distances to keep
} ck_nearest;

/// Lowers the bound to the smallest one below which there are `wanted` rows. The histogram counts every row below the bound.
static void tighten(ck_nearest *nearest, size_t wanted) {
    size_t below = 0;
    uint32_t bound = 0;
    while (below < wanted && bound < nearest->bound) below += nearest->counts[bound++];
    nearest->bound = bound;
}

/// Removes the rows at or above the bound.
static void drop_distant(ck_nearest *nearest) {
    size_t kept = 0;
    for (size_t i = 0; i < nearest->kept; i++) {
        nearest->rows[kept] = nearest->rows[i];
        nearest->distances[kept] = nearest->distances[i];
        kept += nearest->distances[i] < nearest->bound;
    }
    nearest->kept = kept;
}

/// Adds the rows of one block that are below the bound.
static void add_block(ck_nearest *nearest, const uint32_t *rows, const uint32_t *distances, size_t count, uint32_t largest) {
    const uint32_t bound = nearest->bound;
    uint32_t *kept_rows = nearest->rows, *kept_distances = nearest->distances;
    size_t kept = nearest->kept;
    for (size_t i = 0; i < count; i++) {
        // Writes every row, which the next one overwrites unless it is kept: a branch would be unpredictable.
        const uint32_t distance = within(distances[i], largest);
        kept_rows[kept] = rows[i];
        kept_distances[kept] = distance;
        kept += distance < bound;
    }
    for (size_t i = nearest->kept; i < kept; i++) nearest->counts[kept_distances[i]]++;
    nearest->kept = kept;
}

size_t ck_nearest_codes_at(
    ck_level level, const uint64_t *query, const uint64_t *codes, const uint32_t *rows, size_t count, size_t words,
    size_t wanted, uint32_t *counts, uint32_t largest, uint32_t *distances, uint32_t *out, size_t capacity) {
    uint32_t block[CK_NEAREST_BLOCK];
    ck_nearest nearest = {out, distances, counts, 0, largest + 1};
    memset(counts, 0, ((size_t)largest + 1) * sizeof *counts);
    size_t tightened = 0;  // rows kept when the bound was last lowered
    for (size_t start = 0; start < count; start += CK_NEAREST_BLOCK) {
        const size_t size = count - start < CK_NEAREST_BLOCK ? count - start : CK_NEAREST_BLOCK;
        if (nearest.kept + size > capacity) {
            tighten(&nearest, wanted);
            drop_distant(&nearest);
            tightened = nearest.kept;
            if (nearest.kept + size > capacity) return SIZE_MAX;
        }
        ck_binary_code_distances_at(level, query, codes, rows + start, size, words, block);
        add_block(&nearest, rows + start, block, size, largest);
        if (nearest.kept > wanted && nearest.kept - tightened > wanted / 4) {
            tighten(&nearest, wanted);
            tightened = nearest.kept;
        }
    }
    tighten(&nearest, wanted);
    drop_distant(&nearest);
    return nearest.kept;
}

size_t ck_nearest_codes(
    const uint64_t *query, const uint64_t *codes, const uint32_t *rows, size_t count, size_t words, size_t wanted,
    uint32_t *counts, uint32_t largest, uint32_t *distances, uint32_t *out, size_t capacity) {
    return ck_nearest_codes_at(
        CK_AVX512, query, codes, rows, count, words, wanted, counts, largest, distances, out, capacity);
}
