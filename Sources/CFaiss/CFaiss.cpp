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

/// Rows are 32 bits in FAISS's graph.
void require_codes(const cf_codes &codes) {
    require(codes.dimension >= 1 && codes.dimension <= CK_I8_MAX_DIMENSION, "a dimension outside 1...65536");
    require(codes.count >= 0 && codes.count <= INT32_MAX - 1, "more rows than 32 bits can count");
}

void require_shape(int32_t degree, int32_t build_width) {
    require(degree >= 2 && degree <= 64, "a degree outside 2...64");
    require(build_width >= 1 && build_width <= 4096, "a build width outside 1...4096");
}

}  // namespace

cf_cancellation *cf_cancellation_new(void) { return new (std::nothrow) cf_cancellation; }

void cf_cancellation_set(cf_cancellation *cancellation) { cancellation->is_set.store(true, std::memory_order_relaxed); }

void cf_cancellation_free(cf_cancellation *cancellation) { delete cancellation; }

cf_status cf_graph_build(
    const cf_graph *base, const cf_codes *codes, const cf_build *build, cf_graph **out, cf_error *error) {
    return guarded(error, [&] {
        require_codes(*codes);
        require_shape(build->degree, build->build_width);
        require(build->threads >= 1 && build->threads <= 64, "a number of threads outside 1...64");
        auto graph = base ? std::make_unique<cf_graph>(*base)
                          : std::make_unique<cf_graph>(cf_graph{contextd::Graph(build->degree, build->build_width)});
        graph->graph.extend(*codes, build->threads, build->cancellation ? &build->cancellation->is_set : nullptr);
        *out = graph.release();
    });
}

void cf_graph_free(cf_graph *graph) { delete graph; }

int64_t cf_graph_count(const cf_graph *graph) { return graph->graph.count(); }

int64_t cf_graph_bytes(const cf_graph *graph) { return graph->graph.bytes(); }

cf_status cf_graph_search(
    const cf_graph *graph, const cf_codes *codes, const cf_walk *walk, uint32_t *rows, float *scores, cf_found *found,
    cf_error *error) {
    return guarded(error, [&] {
        require_codes(*codes);
        require(walk->width >= 1 && walk->width <= 65536, "a width outside 1...65536");
        require(walk->limit >= 1 && walk->limit <= 65536, "a limit outside 1...65536");
        require(graph->graph.count() <= codes->count, "codes that are not the graph's");
        *found = graph->graph.search(*codes, *walk, rows, scores);
    });
}

void cf_graph_get_parts(const cf_graph *graph, cf_graph_parts *parts) { *parts = graph->graph.parts(); }

cf_status cf_graph_restore(const cf_graph_parts *parts, cf_graph **out, cf_error *error) {
    return guarded(error, [&] {
        require_shape(parts->degree, parts->build_width);
        auto graph = std::make_unique<cf_graph>(cf_graph{contextd::Graph(parts->degree, parts->build_width)});
        graph->graph.restore(*parts);
        *out = graph.release();
    });
}

void cf_return_freed_memory(void) {
#if defined(__GLIBC__)
    malloc_trim(0);
#endif
}
