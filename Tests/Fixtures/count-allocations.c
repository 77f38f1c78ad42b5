/* Counts the calls of a process that allocate memory, in a file that others read meanwhile: LD_PRELOAD=…/count-allocations.so, and
 * ALLOCATION_COUNT names a file of at least eight bytes. See AllocationTests.swift. */
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <errno.h>
#include <unistd.h>

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

static _Atomic(unsigned long) before_start;
static _Atomic(unsigned long) *count = &before_start;

__attribute__((constructor)) static void count_in_file(void) {
    const char *path = getenv("ALLOCATION_COUNT");
    int file = path ? open(path, O_RDWR) : -1;
    if (file < 0) return;
    void *page = mmap(NULL, sizeof(unsigned long), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (page != MAP_FAILED) count = page;
}

static void add(void) { atomic_fetch_add_explicit(count, 1, memory_order_relaxed); }

void *malloc(size_t bytes) {
    add();
    return __libc_malloc(bytes);
}
void *calloc(size_t elements, size_t bytes) {
    add();
    return __libc_calloc(elements, bytes);
}
void *realloc(void *old, size_t bytes) {
    add();
    return __libc_realloc(old, bytes);
}
void *memalign(size_t alignment, size_t bytes) {
    add();
    return __libc_memalign(alignment, bytes);
}
void *aligned_alloc(size_t alignment, size_t bytes) {
    add();
    return __libc_memalign(alignment, bytes);
}

int posix_memalign(void **result, size_t alignment, size_t bytes) {
    add();
    void *memory = __libc_memalign(alignment, bytes);
    if (!memory) return ENOMEM;
    *result = memory;
    return 0;
}
