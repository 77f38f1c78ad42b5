#include "CFaiss.h"

#include <memory>

#include "CodeStorage.hpp"
#include "Graph.hpp"
#include "Guarded.hpp"

using contextd::guarded;
using contextd::InvalidArgument;

struct cf_codes {
    contextd::CodeStorage storage;
};

struct cf_graph {
    contextd::Graph graph;
};

namespace {

void require(bool condition, const char *message) {
    if (!condition) throw InvalidArgument(message);
}

/// Rows are 32 bits in FAISS's graph.
void require_room(const cf_codes *codes, int64_t n) {
    require(n >= 0 && n <= INT32_MAX - 1 - codes->storage.ntotal, "more rows than 32 bits can count");
}

void require_shape(int32_t degree, int32_t build_width) {
    require(degree >= 2 && degree <= 64, "a degree outside 2...64");
    require(build_width >= 1 && build_width <= 4096, "a build width outside 1...4096");
}

}  // namespace

cf_status cf_codes_new(int32_t dimension, cf_codes **out, cf_error *error) {
    return guarded(error, [&] {
        require(dimension >= 1 && dimension <= CK_I8_MAX_DIMENSION, "a dimension outside 1...65536");
        *out = new cf_codes{contextd::CodeStorage(dimension)};
    });
}

void cf_codes_free(cf_codes *codes) { delete codes; }

cf_status cf_codes_add(cf_codes *codes, int64_t n, const float *vectors, cf_error *error) {
    return guarded(error, [&] {
        require_room(codes, n);
        codes->storage.add(n, vectors);
    });
}

cf_status cf_codes_append(cf_codes *codes, int64_t n, const uint8_t *bytes, cf_error *error) {
    return guarded(error, [&] {
        require_room(codes, n);
        codes->storage.append(n, bytes);
    });
}

int64_t cf_codes_count(const cf_codes *codes) { return codes->storage.ntotal; }

const uint8_t *cf_codes_bytes(const cf_codes *codes) { return codes->storage.codes.data(); }

cf_status cf_graph_build(
    const cf_codes *codes, int32_t degree, int32_t build_width, int32_t threads, cf_graph **out, cf_error *error) {
    return guarded(error, [&] {
        require_shape(degree, build_width);
        require(threads >= 1 && threads <= 64, "a number of threads outside 1...64");
        auto graph = std::make_unique<cf_graph>(cf_graph{contextd::Graph(degree, build_width)});
        graph->graph.extend(codes->storage, codes->storage.ntotal, threads);
        *out = graph.release();
    });
}

void cf_graph_free(cf_graph *graph) { delete graph; }

int64_t cf_graph_count(const cf_graph *graph) { return graph->graph.count(); }

int64_t cf_graph_bytes(const cf_graph *graph) { return graph->graph.bytes(); }

cf_status cf_graph_extend(cf_graph *graph, const cf_codes *codes, int64_t count, cf_error *error) {
    return guarded(error, [&] { graph->graph.extend(codes->storage, count, 1); });
}

cf_status cf_graph_search(
    const cf_graph *graph, const cf_codes *codes, const int8_t *query, const uint64_t *live, int32_t width,
    uint32_t *rows, float *scores, int32_t *found, cf_error *error) {
    return guarded(error, [&] {
        require(width >= 1 && width <= 65536, "a width outside 1...65536");
        require(graph->graph.count() <= codes->storage.ntotal, "codes that are not the graph's");
        *found = graph->graph.search(codes->storage, query, live, width, rows, scores);
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
