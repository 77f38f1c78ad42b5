#ifndef CFAISS_H
#define CFAISS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// A C interface to FAISS's HNSW graph over int8 codes that the caller owns.
//
// These functions throw no exceptions and keep no pointer passed to them. A graph is immutable: adding rows creates another
// one, so any number of threads may search, copy and read a `const cf_graph` concurrently. No FAISS function with an OpenMP
// region is called: this library starts all threads.

typedef enum { CF_OK, CF_INVALID, CF_CORRUPT, CF_NO_MEMORY, CF_CANCELLED, CF_INTERNAL } cf_status;
typedef struct {
    char message[240];
} cf_error;  // owned by the caller; NUL-terminated unless CF_OK

/// Contiguous codes (`ck_int8.h`) of `dimension + 4` bytes, one per row.
typedef struct {
    const uint8_t *bytes;  // NULL only if `count` is 0
    int64_t count;         // 0 ... 2³¹ - 2
    int32_t dimension;     // 1 ... 65536
} cf_codes;

/// An HNSW graph over a prefix of some codes. Calls take the codes as an argument: the first `cf_graph_count` must be the codes
/// that the graph was built from.
typedef struct cf_graph cf_graph;

/// A flag that any thread may set; a build then ends within a few rows.
typedef struct cf_cancellation cf_cancellation;
cf_cancellation *cf_cancellation_new(void);  // NULL if out of memory
void cf_cancellation_set(cf_cancellation *cancellation);
bool cf_cancellation_is_set(const cf_cancellation *cancellation);
void cf_cancellation_free(cf_cancellation *cancellation);

/// Parameters of a graph build.
typedef struct {
    int32_t degree;                       // neighbours on the upper layers, twice as many on the lowest; 2 ... 64 ("M")
    int32_t build_ef;                     // 1 ... 4096 ("efConstruction")
    int32_t threads;                      // low-priority threads, 1 ... 64; the caller waits for them
    const cf_cancellation *cancellation;  // may be NULL
} cf_build;

/// Builds a graph over all of `codes`, extending a copy of `base` unless that is NULL. `base` does not change; the new graph
/// keeps its degree. On CF_OK the caller owns `*out` and frees it with `cf_graph_free`. Returns CF_CANCELLED if
/// `build->cancellation` was set.
cf_status cf_graph_build(
    const cf_graph *base, const cf_codes *codes, const cf_build *build, cf_graph **out, cf_error *error);
void cf_graph_free(cf_graph *graph);

/// Number of rows that the graph covers: 0 ..< count.
int64_t cf_graph_count(const cf_graph *graph);
int64_t cf_graph_bytes(const cf_graph *graph);

/// Parameters of a graph search for `query`.
typedef struct {
    const int8_t *query;       // `dimension` components, no scale
    const uint64_t *eligible;  // bit i % 64 of word i / 64: row i may be returned; (count + 63) / 64 words. NULL: every row
    int32_t ef;                // 1 ... 65536; `ef`, the number of candidates kept, eligible or not
    int32_t limit;             // 1 ... 65536; maximum number of rows to return
    int64_t hidden;            // a row to search as if it were not in the graph; -1 for none
} cf_search;

/// The result of a graph search.
typedef struct {
    int32_t rows;  // number of eligible rows written, at most `limit`
    int32_t near;  // number of eligible rows among the `ef` best visited rows; small if most near the query are ineligible
} cf_search_result;

/// Searches the graph. Writes up to `limit` best eligible rows, best first, and their scores (`ck_score_i8`). `rows` and `scores`
/// must have room for `limit`.
cf_status cf_graph_search(
    const cf_graph *graph, const cf_codes *codes, const cf_search *search, uint32_t *rows, float *scores,
    cf_search_result *found, cf_error *error);

/// The parts of a graph, for storing it. The graph owns the arrays.
typedef struct {
    int64_t count;             // rows
    int64_t neighbor_count;    // entries of `neighbors`
    const int32_t *levels;     // per row: number of layers that contain it, ≥ 1
    const int32_t *neighbors;  // per row and layer: its neighbours, -1 for none
    int32_t degree;
    int32_t build_ef;
    int32_t entry_point;  // a row of the highest layer, -1 if there are no rows
    int32_t max_level;    // the highest layer, counted from 0; -1 if there are no rows
} cf_graph_parts;

void cf_graph_get_parts(const cf_graph *graph, cf_graph_parts *parts);

/// Creates a graph from a copy of stored parts. Checks everything that a search relies on: returns CF_CORRUPT if a row, a
/// layer or a size is inconsistent with the others.
cf_status cf_graph_restore(const cf_graph_parts *parts, cf_graph **out, cf_error *error);

/// Returns freed memory that the allocator keeps to the system. Takes milliseconds.
void cf_return_freed_memory(void);

#ifdef __cplusplus
}
#endif

#endif
