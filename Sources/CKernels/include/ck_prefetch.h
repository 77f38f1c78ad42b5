#ifndef CK_PREFETCH_H
#define CK_PREFETCH_H

#include <stddef.h>

/// Prefetches `bytes` bytes. Has no other effect; any address is allowed.
static inline void ck_prefetch(const void *first, size_t bytes) {
    for (size_t at = 0; at < bytes; at += 64) __builtin_prefetch((const char *)first + at);
}

#endif
