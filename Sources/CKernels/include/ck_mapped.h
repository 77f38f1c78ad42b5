#ifndef CK_MAPPED_H
#define CK_MAPPED_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Reading memory that is mapped from a file. Where the file has become shorter since, the system sends SIGBUS, and a process
// ends by it; in these functions it makes them return 0 instead, with their output in any state.
//
// The first call sets a handler of SIGBUS. Where the signal comes from anything else, it hands on to the one that was there
// before, or to the system.

/// Copies `count` bytes. 1, or 0 if not all of them are there any more.
int ck_copy_mapped(void *to, const void *from, size_t count);

/// out[i] = query · the row of `d` floats at `base` + `stride` · rows[i], for `count` rows, which may lie all over the file:
/// they are fetched together first. 1, or 0 if not all of them are there any more.
int ck_dot_mapped(
    const float *query, size_t d, const uint8_t *base, size_t stride, const uint32_t *rows, size_t count, float *out);

#ifdef __cplusplus
}
#endif

#endif
