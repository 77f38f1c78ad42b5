#pragma once

#include <faiss/impl/HNSW.h>

#include <atomic>
#include <cstdint>

#include "CFaiss.h"
#include "CodeDistance.hpp"

namespace contextd {

/// FAISS's HNSW over codes, built by FAISS and walked by us.
struct Graph {
    faiss::HNSW hnsw;
    int32_t degree;

    Graph(int32_t degree, int32_t build_width);

    int64_t count() const { return static_cast<int64_t>(hnsw.levels.size()); }
    int64_t bytes() const;

    /// Adds rows `count() ..< codes.count`, on `threads` threads. Throws `Cancelled` once `cancelled` is set; the graph
    /// may then only be destroyed.
    void extend(const cf_codes &codes, int32_t threads, const std::atomic<bool> *cancelled);

    cf_found search(const cf_codes &codes, const cf_walk &walk, uint32_t *rows, float *scores) const;

    cf_graph_parts parts() const;

    /// Puts the neighbours into large pages, as many as there are: a walk touches them all over the place.
    void settle();

    /// Copies `parts` after checking them.
    void restore(const cf_graph_parts &parts);
};

}  // namespace contextd
