#include "CFaiss.h"

#if defined(__linux__)
#include <malloc.h>
#endif

#include <atomic>
#include <memory>
#include <new>

#include "Graph.hpp"
#include "Guarded.hpp"

using contextd::guarded;
using contextd::InvalidArgument;

struct cf_graph {
    contextd::Graph graph;
};

struct cf_cancellation {
    std::atomic<bool> is_set{false};
};

namespace {

void require(bool condition, const char *message) {
    if (!condition) throw InvalidArgument(message);
}

/// FAISS's graph stores row numbers in 32 bits.
void require_codes(const cf_codes &codes) {
    require(codes.dimension >= 1 && codes.dimension <= CK_I8_MAX_DIMENSION, "dimension must be between 1 and 65536");
    require(codes.count >= 0 && codes.count <= INT32_MAX - 1, "row count must be between 0 and 2147483646");
}

void require_shape(int32_t degree, int32_t build_ef) {
    require(degree >= 2 && degree <= 64, "degree must be between 2 and 64");
    require(build_ef >= 1 && build_ef <= 4096, "build ef must be between 1 and 4096");
}

}  // namespace

cf_cancellation *cf_cancellation_new(void) { return new (std::nothrow) cf_cancellation; }

void cf_cancellation_set(cf_cancellation *cancellation) { cancellation->is_set.store(true, std::memory_order_relaxed); }

bool cf_cancellation_is_set(const cf_cancellation *cancellation) {
    return cancellation->is_set.load(std::memory_order_relaxed);
}

void cf_cancellation_free(cf_cancellation *cancellation) { delete cancellation; }

cf_status cf_graph_build(
    const cf_graph *base, const cf_codes *codes, const cf_build *build, cf_graph **out, cf_error *error) {
    return guarded(error, [&] {
        require_codes(*codes);
        require_shape(build->degree, build->build_ef);
        require(build->threads >= 1 && build->threads <= 64, "threads must be between 1 and 64");
        auto graph = base ? std::make_unique<cf_graph>(*base)
                          : std::make_unique<cf_graph>(cf_graph{contextd::Graph(build->degree, build->build_ef)});
        graph->graph.extend(*codes, build->threads, build->cancellation ? &build->cancellation->is_set : nullptr);
        *out = graph.release();
    });
}

void cf_graph_free(cf_graph *graph) { delete graph; }

int64_t cf_graph_count(const cf_graph *graph) { return graph->graph.count(); }

int64_t cf_graph_bytes(const cf_graph *graph) { return graph->graph.bytes(); }

cf_status cf_graph_search(
    const cf_graph *graph, const cf_codes *codes, const cf_search *search, uint32_t *rows, float *scores,
    cf_search_result *found, cf_error *error) {
    return guarded(error, [&] {
        require_codes(*codes);
        require(search->ef >= 1 && search->ef <= 65536, "ef must be between 1 and 65536");
        require(search->limit >= 1 && search->limit <= 65536, "limit must be between 1 and 65536");
        require(graph->graph.count() <= codes->count, "fewer codes than the graph covers");
        *found = graph->graph.search(*codes, *search, rows, scores);
    });
}

void cf_graph_get_parts(const cf_graph *graph, cf_graph_parts *parts) { *parts = graph->graph.parts(); }

cf_status cf_graph_restore(const cf_graph_parts *parts, cf_graph **out, cf_error *error) {
    return guarded(error, [&] {
        require_shape(parts->degree, parts->build_ef);
        auto graph = std::make_unique<cf_graph>(cf_graph{contextd::Graph(parts->degree, parts->build_ef)});
        graph->graph.restore(*parts);
        *out = graph.release();
    });
}

void cf_return_freed_memory(void) {
#if defined(__GLIBC__)
    malloc_trim(0);
#endif
}
