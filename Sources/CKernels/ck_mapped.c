#define _GNU_SOURCE

#include "ck_mapped.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

#include "ck_float.h"
#include "ck_prefetch.h"

/// The point where this thread continues after SIGBUS; NULL outside the functions below.
static _Thread_local sigjmp_buf *volatile landing;
static struct sigaction before;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void on_bus_error(int number, siginfo_t *info, void *context) {
    sigjmp_buf *land = landing;
    if (land) {
        landing = NULL;
        siglongjmp(*land, 1);
    }
    if (before.sa_flags & SA_SIGINFO) {
        before.sa_sigaction(number, info, context);
    } else if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) {
        before.sa_handler(number);
    } else {
        // The access is repeated and now terminates the process.
        sigaction(SIGBUS, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
    }
}

static void set_handler(void) {
    struct sigaction action = {.sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, &action, &before);
}

// The code between the two macros reads the mapping and calls nothing that locks or allocates, so jumping out of it leaks
// nothing. The fences prevent the compiler from moving that code out of the guard.
#define CK_GUARD_BEGIN                \
    pthread_once(&once, set_handler); \
    sigjmp_buf land;                  \
    if (sigsetjmp(land, 0)) return 0; \
    landing = &land;                  \
    atomic_signal_fence(memory_order_seq_cst);
#define CK_GUARD_END                           \
    atomic_signal_fence(memory_order_seq_cst); \
    landing = NULL;                            \
    return 1;

int ck_copy_mapped(void *to, const void *from, size_t count) {
    CK_GUARD_BEGIN
    memcpy(to, from, count);
    CK_GUARD_END
}

int ck_dot_mapped(
    const float *query, size_t d, const uint8_t *base, size_t stride, const uint32_t *rows, size_t count, float *out) {
    for (size_t i = 0; i < count; i++) ck_prefetch(base + stride * rows[i], d * sizeof *query);
    CK_GUARD_BEGIN
    for (size_t i = 0; i < count; i++) out[i] = ck_dot_f32(query, (const float *)(base + stride * rows[i]), d);
    CK_GUARD_END
}

int ck_embed_layernorm_mapped(const int32_t *ids, size_t n, const float *word, ck_embedding_terms terms, float *out) {
    CK_GUARD_BEGIN
    ck_embed_layernorm_f32(ids, n, word, terms, out);
    CK_GUARD_END
}
