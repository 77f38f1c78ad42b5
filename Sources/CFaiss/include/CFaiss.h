#ifndef CFAISS_H
#define CFAISS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// A FAISS index of int8 codes, and a FAISS HNSW graph over its rows, behind plain C.
//
// No exception leaves these functions and none of them keeps a pointer that it was given. A function that takes a
// `const` handle may run in any number of threads at once, as long as no other thread is in one that takes the same
// handle without `const`. No FAISS function with an OpenMP region of its own is called: threads are counted by us.

typedef enum { CF_OK, CF_INVALID, CF_CORRUPT, CF_NO_MEMORY, CF_INTERNAL } cf_status;
typedef struct { char message[240]; } cf_error;  // the caller's; NUL-terminated unless CF_OK

/// Vectors as int8 codes (`ck_int8.h`), one a row, in the order they were added.
typedef struct cf_codes cf_codes;

/// `dimension` in 1 ... 65536. CF_OK: `*out` is the caller's, freed once by `cf_codes_free`.
cf_status cf_codes_new(int32_t dimension, cf_codes **out, cf_error *error);
void cf_codes_free(cf_codes *codes);

/// Encodes and appends `n` vectors, row-major, `n * dimension` finite floats. On failure nothing is appended.
cf_status cf_codes_add(cf_codes *codes, int64_t n, const float *vectors, cf_error *error);
/// Appends `n` codes of `dimension + 4` bytes each as they are. On failure nothing is appended.
cf_status cf_codes_append(cf_codes *codes, int64_t n, const uint8_t *bytes, cf_error *error);

int64_t cf_codes_count(const cf_codes *codes);
/// All codes, one after the other; valid until the next change of `codes`. Never NULL when there is a row.
const uint8_t *cf_codes_bytes(const cf_codes *codes);

/// An HNSW graph over the first rows of a `cf_codes`; the rest of them can be added later. It keeps no pointer to the
/// codes: each call is given them, and they must be the ones it was built from, with rows only ever appended.
typedef struct cf_graph cf_graph;

/// Builds a graph over all rows.
///
/// - degree: neighbours on the upper layers, twice as many on the lowest; 2 ... 64 ("M").
/// - build_width: 1 ... 4096 ("efConstruction").
/// - threads: 1 ... 64, this one included.
cf_status cf_graph_build(
    const cf_codes *codes, int32_t degree, int32_t build_width, int32_t threads, cf_graph **out, cf_error *error);
void cf_graph_free(cf_graph *graph);

/// Rows that the graph covers: 0 ..< count.
int64_t cf_graph_count(const cf_graph *graph);
int64_t cf_graph_bytes(const cf_graph *graph);

/// Adds the next rows of `codes`, so that `count` are covered. After a failure the graph may only be freed.
cf_status cf_graph_extend(cf_graph *graph, const cf_codes *codes, int64_t count, cf_error *error);

/// Walks the graph towards `query` and writes the up to `width` best live rows that it met, best first, with their
/// scores (`ck_score_i8`).
///
/// - query: `dimension` int8 components, no scale.
/// - live: bit i % 64 of word i / 64 says that row i may be returned; (count + 63) / 64 words at least.
/// - width: 1 ... 65536; candidates that the walk keeps ("ef").
/// - rows, scores: room for `width` each. `*found` is how many were written.
cf_status cf_graph_search(
    const cf_graph *graph, const cf_codes *codes, const int8_t *query, const uint64_t *live, int32_t width,
    uint32_t *rows, float *scores, int32_t *found, cf_error *error);

/// What a graph is made of, to be stored. The arrays belong to the graph and are valid until it changes.
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

#ifdef __cplusplus
}
#endif

#endif
