#ifndef PAGE_HASH_H
#define PAGE_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

// XXH64 (xxHash specification 0.1.1): https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md. For little-endian machines only.

static const uint64_t P1 = 0x9E3779B185EBCA87ULL, P2 = 0xC2B2AE3D27D4EB4FULL, P3 = 0x165667B19E3779F9ULL,
                      P4 = 0x85EBCA77C2B2AE63ULL, P5 = 0x27D4EB2F165667C5ULL;

static inline uint64_t rotl(uint64_t x, int n) { return (x << n) | (x >> (64 - n)); }
static inline uint64_t word(const uint8_t *p) {
    uint64_t w;
    memcpy(&w, p, 8);
    return w;
}
static inline uint64_t round64(uint64_t acc, uint64_t lane) { return rotl(acc + lane * P2, 31) * P1; }
static inline uint64_t merge(uint64_t hash, uint64_t lane) { return (hash ^ round64(0, lane)) * P1 + P4; }

/// Returns the XXH64 of `bytes`; `length` must be at least 32.
static uint64_t page_hash(const uint8_t *bytes, size_t length, uint64_t seed) {
    const uint8_t *p = bytes, *end = bytes + length;
    uint64_t a = seed + P1 + P2, b = seed + P2, c = seed, d = seed - P1;
    for (; end - p >= 32; p += 32) {
        a = round64(a, word(p));
        b = round64(b, word(p + 8));
        c = round64(c, word(p + 16));
        d = round64(d, word(p + 24));
    }
    uint64_t hash = rotl(a, 1) + rotl(b, 7) + rotl(c, 12) + rotl(d, 18);
    hash = merge(merge(merge(merge(hash, a), b), c), d) + length;
    for (; end - p >= 8; p += 8) hash = rotl(hash ^ round64(0, word(p)), 27) * P1 + P4;
    if (end - p >= 4) {
        uint32_t half;
        memcpy(&half, p, 4);
        hash = rotl(hash ^ half * P1, 23) * P2 + P3;
        p += 4;
    }
    for (; p < end; p++) hash = rotl(hash ^ *p * P5, 11) * P1;
    hash = (hash ^ (hash >> 33)) * P2;
    hash = (hash ^ (hash >> 29)) * P3;
    return hash ^ (hash >> 32);
}

#endif
