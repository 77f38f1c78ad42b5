#include "CAllocator.h"

#include <stdlib.h>

#ifdef __GLIBC__
#include <malloc.h>

void ca_configure(int block_bytes, int arenas, int kept_bytes) {
    mallopt(M_MMAP_THRESHOLD, block_bytes);
    mallopt(M_ARENA_MAX, arenas);
    mallopt(M_TRIM_THRESHOLD, kept_bytes);
}

void ca_return_freed_memory(void) { malloc_trim(0); }
#else
void ca_configure(int block_bytes, int arenas, int kept_bytes) {
    (void)block_bytes;
    (void)arenas;
    (void)kept_bytes;
}

void ca_return_freed_memory(void) {}
#endif
