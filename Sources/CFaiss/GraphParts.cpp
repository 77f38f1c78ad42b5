#if defined(__linux__)
#include <sys/mman.h>
#endif

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include "Graph.hpp"
#include "Guarded.hpp"

namespace contextd {

cf_graph_parts Graph::parts() const {
    cf_graph_parts parts{};
    parts.count = count();
    parts.neighbor_count = static_cast<int64_t>(hnsw.neighbors.size());
    parts.levels = hnsw.levels.data();
    parts.neighbors = hnsw.neighbors.data();
    parts.degree = degree;
    parts.build_ef = hnsw.efConstruction;
    parts.entry_point = hnsw.entry_point;
    parts.max_level = hnsw.max_level;
    return parts;
}

namespace {

/// Minimum size in bytes for requesting large pages.
constexpr size_t large_pages_from = size_t{4} << 20;

/// Requests large pages for the memory that a vector has reserved but not written. Has no effect if none are available.
void advise_large_pages(const std::vector<faiss::HNSW::storage_idx_t> &reserved) {
#if defined(__linux__)
    constexpr uintptr_t page = 4096;
    const auto begin = (reinterpret_cast<uintptr_t>(reserved.data()) + page - 1) / page * page;
    const auto end = reinterpret_cast<uintptr_t>(reserved.data() + reserved.capacity()) / page * page;
    if (end > begin && end - begin >= large_pages_from) madvise(reinterpret_cast<void *>(begin), end - begin, MADV_HUGEPAGE);
#else
    (void)reserved;
#endif
}

}  // namespace

void Graph::settle() {
    std::vector<faiss::HNSW::storage_idx_t> settled;
    settled.reserve(hnsw.neighbors.size());
    advise_large_pages(settled);
    settled.assign(hnsw.neighbors.begin(), hnsw.neighbors.end());
    hnsw.neighbors.swap(settled);
}

namespace {

void require(bool condition, const char *message) {
    if (!condition) throw CorruptData(message);
}

/// Checks that every neighbour of a row on a layer is a row that is on that layer too.
void check_neighbors(const faiss::HNSW &hnsw) {
    const int64_t n = static_cast<int64_t>(hnsw.levels.size());
    for (int64_t row = 0; row < n; row++) {
        for (int level = 0; level < hnsw.levels[row]; level++) {
            size_t begin, end;
            hnsw.neighbor_range(row, level, &begin, &end);
            for (size_t i = begin; i < end; i++) {
                const int64_t neighbor = hnsw.neighbors[i];
                require(neighbor >= -1 && neighbor < n, "a neighbour is not a row");
                require(neighbor < 0 || hnsw.levels[neighbor] > level, "a neighbour is not on the layer");
            }
        }
    }
}

void check_entry(const faiss::HNSW &hnsw) {
    const int64_t n = static_cast<int64_t>(hnsw.levels.size());
    if (n == 0) return require(hnsw.entry_point == -1 && hnsw.max_level == -1, "an entry point in an empty graph");
    require(hnsw.entry_point >= 0 && hnsw.entry_point < n, "the entry point is not a row");
    require(
        hnsw.max_level >= 0 && hnsw.levels[hnsw.entry_point] == hnsw.max_level + 1,
        "the entry point is not on the highest layer");
    require(
        *std::max_element(hnsw.levels.begin(), hnsw.levels.end()) == hnsw.max_level + 1, "a row is above the highest layer");
}

}  // namespace

void Graph::restore(const cf_graph_parts &parts) {
    require(parts.count >= 0 && parts.count < std::numeric_limits<int32_t>::max(), "row count out of range");
    const int32_t highest = static_cast<int32_t>(hnsw.cum_nneighbor_per_level.size()) - 1;
    hnsw.offsets.reserve(parts.count + 1);
    for (int64_t row = 0; row < parts.count; row++) {
        const int32_t level = parts.levels[row];
        require(level >= 1 && level <= highest, "layer count out of range");
        hnsw.offsets.push_back(hnsw.offsets.back() + hnsw.cum_nneighbor_per_level[level]);
    }
    require(hnsw.offsets.back() == static_cast<size_t>(parts.neighbor_count), "neighbour count does not match the layers");
    hnsw.levels.assign(parts.levels, parts.levels + parts.count);
    hnsw.neighbors.reserve(parts.neighbor_count);
    advise_large_pages(hnsw.neighbors);
    hnsw.neighbors.assign(parts.neighbors, parts.neighbors + parts.neighbor_count);
    hnsw.entry_point = parts.entry_point;
    hnsw.max_level = parts.max_level;
    check_entry(hnsw);
    check_neighbors(hnsw);
}

}  // namespace contextd
