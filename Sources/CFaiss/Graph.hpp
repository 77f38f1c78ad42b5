#pragma once

#include <faiss/impl/HNSW.h>

#include <atomic>
#include <cstdint>

#include "CFaiss.h"
#include "CodeDistance.hpp"

namespace contextd {

/// FAISS's HNSW graph over codes. FAISS builds it; this library searches it.
struct Graph {
    faiss::HNSW hnsw;
    int32_t degree;

    Graph(int32_t degree, int32_t build_ef);

    int64_t count() const { return static_cast<int64_t>(hnsw.levels.size()); }
    int64_t bytes() const;

    /// Adds rows `count() ..< codes.count` on `threads` threads. Throws `Cancelled` once `cancelled` is set; after that, the
    /// graph must only be destroyed.
    void extend(const cf_codes &codes, int32_t threads, const std::atomic<bool> *cancelled);

    cf_search_result search(const cf_codes &codes, const cf_search &request, uint32_t *rows, float *scores) const;

    cf_graph_parts parts() const;

    /// Moves the neighbours to large pages, if available: a search accesses them at random.
    void settle();

    /// Copies `parts` and validates them.
    void restore(const cf_graph_parts &parts);
};

}  // namespace contextd
