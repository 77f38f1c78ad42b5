#ifndef CK_MAPPED_H
#define CK_MAPPED_H

#include <stddef.h>
#include <stdint.h>

#include "ck_bert.h"

#ifdef __cplusplus
extern "C" {
#endif

// Reads memory that is mapped from a file. If the file was truncated after it was mapped, an access raises SIGBUS, which
// terminates the process by default. These functions return 0 instead; their output is then undefined.
//
// The first call installs a SIGBUS handler. If the signal has another cause, it calls the previously installed handler, or
// restores the default action.

/// Copies `count` bytes. Returns 1, or 0 if the file was truncated and some of them no longer exist.
int ck_copy_mapped(void *to, const void *from, size_t count);

/// out[i] = query · the row of `d` floats at `base` + `stride` · rows[i], for `count` rows. Prefetches all rows first, because
/// they may be far apart in the file. Returns 1, or 0 if the file was truncated and some of them no longer exist.
int ck_dot_mapped(
    const float *query, size_t d, const uint8_t *base, size_t stride, const uint32_t *rows, size_t count, float *out);

/// Calls `ck_embed_layernorm_f32` with a mapped `word`. Returns 1, or 0 if the file was truncated and a row no longer exists.
int ck_embed_layernorm_mapped(const int32_t *ids, size_t n, const float *word, ck_embedding_terms terms, float *out);

#ifdef __cplusplus
}
#endif

#endif
