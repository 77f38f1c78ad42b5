#include <faiss/impl/AuxIndexStructures.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <numeric>
#include <system_error>
#include <thread>
#include <vector>

#include "Graph.hpp"
#include "Guarded.hpp"

namespace contextd {

Graph::Graph(int32_t degree, int32_t build_width) : hnsw(degree), degree(degree) {
    hnsw.efConstruction = build_width;
}

int64_t Graph::bytes() const {
    return static_cast<int64_t>(
        hnsw.levels.capacity() * sizeof(int) + hnsw.offsets.capacity() * sizeof(size_t) +
        hnsw.neighbors.capacity() * sizeof(faiss::HNSW::storage_idx_t));
}

namespace {

/// One OpenMP lock a row, as `add_with_locks` wants them.
struct RowLocks {
    std::vector<omp_lock_t> locks;
    explicit RowLocks(size_t n) : locks(n) {
        for (auto &lock : locks) omp_init_lock(&lock);
    }
    ~RowLocks() {
        for (auto &lock : locks) omp_destroy_lock(&lock);
    }
};

/// Runs `work` on `threads` threads, this one included, and rethrows the first exception of any.
template <class Work>
void on_threads(int32_t threads, Work &&work) {
    std::mutex mutex;
    std::exception_ptr first;
    auto caught = [&]() noexcept {
        try {
            work();
        } catch (...) {
            const std::lock_guard<std::mutex> lock(mutex);
            if (!first) first = std::current_exception();
        }
    };
    std::vector<std::thread> others;
    others.reserve(threads > 0 ? threads - 1 : 0);
    // Fewer threads than asked for is slower, not wrong.
    try {
        for (int32_t i = 1; i < threads; i++) others.emplace_back(caught);
    } catch (const std::system_error &) {
    }
    caught();
    for (auto &thread : others) thread.join();
    if (first) std::rethrow_exception(first);
}

/// New rows, those on most layers first, as FAISS adds them: the first row then becomes the entry point and no later
/// one moves it, which is the one thing that `add_with_locks` changes without a lock.
std::vector<int32_t> by_level(const faiss::HNSW &hnsw, int64_t first, int64_t upto) {
    std::vector<int32_t> rows(upto - first);
    std::iota(rows.begin(), rows.end(), static_cast<int32_t>(first));
    std::sort(rows.begin(), rows.end(), [&](int32_t a, int32_t b) {
        return hnsw.levels[a] != hnsw.levels[b] ? hnsw.levels[a] > hnsw.levels[b] : a < b;
    });
    return rows;
}

}  // namespace

void Graph::extend(const CodeStorage &storage, int64_t upto, int32_t threads) {
    const int64_t first = count();
    if (upto > storage.ntotal) throw InvalidArgument("a graph over more rows than there are");
    if (upto <= first) return;
    hnsw.prepare_level_tab(upto - first);
    const std::vector<int32_t> rows = by_level(hnsw, first, upto);
    RowLocks locks(upto);
    auto add = [&](Int8Distance &distance, faiss::VisitedTable &visited, int32_t row) {
        distance.set_row(row);
        hnsw.add_with_locks(distance, hnsw.levels[row] - 1, row, locks.locks, visited);
    };
    std::atomic<size_t> next{0};
    {
        // Alone, and so before the others: until here there may be no entry point, or a lower one.
        Int8Distance distance(storage.codes.data(), storage.d, -1);
        faiss::VisitedTable visited(static_cast<int>(upto));
        while (next < rows.size() && (next == 0 || hnsw.levels[rows[next]] - 1 > hnsw.max_level)) {
            add(distance, visited, rows[next++]);
        }
    }
    on_threads(threads, [&] {
        Int8Distance distance(storage.codes.data(), storage.d, -1);
        faiss::VisitedTable visited(static_cast<int>(upto));
        for (size_t i = next++; i < rows.size(); i = next++) add(distance, visited, rows[i]);
    });
}

}  // namespace contextd
