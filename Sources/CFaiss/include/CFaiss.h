#ifndef CFAISS_H
#define CFAISS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// FAISS's HNSW graph over int8 codes that belong to the caller, behind plain C.
//
// No exception leaves these functions and none of them keeps a pointer that it was given. A graph never changes once
// it is there: adding rows makes another one. So a `const cf_graph` may be searched, copied and read in any number of
// threads at once. No FAISS function with an OpenMP region of its own is called: threads are counted by us.

typedef enum { CF_OK, CF_INVALID, CF_CORRUPT, CF_NO_MEMORY, CF_CANCELLED, CF_INTERNAL } cf_status;
typedef struct { char message[240]; } cf_error;  // the caller's; NUL-terminated unless CF_OK

/// Codes (`ck_int8.h`) of `dimension + 4` bytes, one a row, one after the other.
typedef struct {
    const uint8_t *bytes;  // NULL only if there are none
    int64_t count;         // 0 ... 2³¹ - 2
    int32_t dimension;     // 1 ... 65536
} cf_codes;

/// An HNSW graph over the first rows of some codes. Each call is given the codes: the first `cf_graph_count` of them
/// must be the ones it was built from.
typedef struct cf_graph cf_graph;

/// Once set, by any thread, it ends a build within a row or two.
typedef struct cf_cancellation cf_cancellation;
cf_cancellation *cf_cancellation_new(void);  // NULL without memory
void cf_cancellation_set(cf_cancellation *cancellation);
void cf_cancellation_free(cf_cancellation *cancellation);

/// How a graph is built.
typedef struct {
    int32_t degree;       // neighbours on the upper layers, twice as many on the lowest; 2 ... 64 ("M")
    int32_t build_width;  // 1 ... 4096 ("efConstruction")
    int32_t threads;      // 1 ... 64, of low priority; the calling one waits for them
    const cf_cancellation *cancellation;  // NULL: none
} cf_build;

/// A graph over all of `codes`: of `base` and the rows that it does not cover, or of all rows if `base` is NULL. `base`
/// stays as it is; its degree is kept. CF_OK: `*out` is the caller's, freed once by `cf_graph_free`. CF_CANCELLED if
/// it was asked to stop.
cf_status cf_graph_build(
    const cf_graph *base, const cf_codes *codes, const cf_build *build, cf_graph **out, cf_error *error);
void cf_graph_free(cf_graph *graph);

/// Rows that the graph covers: 0 ..< count.
int64_t cf_graph_count(const cf_graph *graph);
int64_t cf_graph_bytes(const cf_graph *graph);

/// A walk through the graph towards `query`.
typedef struct {
    const int8_t *query;       // `dimension` components, no scale
    const uint64_t *eligible;  // bit i % 64 of word i / 64: row i may be found; (count + 63) / 64 words. NULL: every row
    int32_t width;             // 1 ... 65536; rows that the walk keeps, eligible or not ("ef")
    int32_t limit;             // 1 ... 65536; rows that are wanted
} cf_walk;

/// What a walk found.
typedef struct {
    int32_t rows;  // eligible rows written, at most `limit`
    int32_t near;  // eligible rows among the `width` best that were met. Few says that those near the query are not eligible
} cf_found;

/// Writes the up to `limit` best eligible rows that the walk met, best first, with their scores (`ck_score_i8`).
/// `rows` and `scores` have room for `limit`.
cf_status cf_graph_search(
    const cf_graph *graph, const cf_codes *codes, const cf_walk *walk, uint32_t *rows, float *scores, cf_found *found,
    cf_error *error);

/// What a graph is made of, to be stored. The arrays belong to the graph.
typedef struct {
    int64_t count;              // rows
    int64_t neighbor_count;     // entries of `neighbors`
    const int32_t *levels;      // per row: number of layers it is on, ≥ 1
    const int32_t *neighbors;   // per row and layer its neighbours, -1 where there is none
    int32_t degree;
    int32_t build_width;
    int32_t entry_point;        // a row of the highest layer, -1 if there are no rows
    int32_t max_level;          // the highest layer, counted from 0; -1 if there are no rows
} cf_graph_parts;

void cf_graph_get_parts(const cf_graph *graph, cf_graph_parts *parts);

/// A graph from stored parts, which are copied. Everything that a walk relies on is checked: CF_CORRUPT if a row, a
/// layer or a size does not fit the others.
cf_status cf_graph_restore(const cf_graph_parts *parts, cf_graph **out, cf_error *error);

/// Gives memory that was freed back to the system, where the allocator keeps it. Takes milliseconds.
void cf_return_freed_memory(void);

#ifdef __cplusplus
}
#endif

#endif
