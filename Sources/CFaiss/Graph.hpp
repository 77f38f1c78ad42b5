#pragma once

#include <faiss/impl/HNSW.h>

#include <cstdint>

#include "CFaiss.h"
#include "CodeStorage.hpp"

namespace contextd {

/// FAISS's HNSW over the rows of a `CodeStorage`, built by FAISS and walked by us.
struct Graph {
    faiss::HNSW hnsw;
    int32_t degree;

    Graph(int32_t degree, int32_t build_width);

    int64_t count() const { return static_cast<int64_t>(hnsw.levels.size()); }
    int64_t bytes() const;

    /// Adds rows `count() ..< upto`, on `threads` threads.
    void extend(const CodeStorage &storage, int64_t upto, int32_t threads);

    int32_t search(
        const CodeStorage &storage, const int8_t *query, const uint64_t *live, int32_t width, uint32_t *rows,
        float *scores) const;

    cf_graph_parts parts() const;

    /// Copies `parts` after checking them.
    void restore(const cf_graph_parts &parts);
};

}  // namespace contextd
