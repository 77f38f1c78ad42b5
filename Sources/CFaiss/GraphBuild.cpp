#include <faiss/impl/AuxIndexStructures.h>
#include <sys/resource.h>

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

Graph::Graph(int32_t degree, int32_t build_ef) : hnsw(degree), degree(degree) { hnsw.efConstruction = build_ef; }

int64_t Graph::bytes() const {
    return static_cast<int64_t>(
        hnsw.levels.capacity() * sizeof(int) + hnsw.offsets.capacity() * sizeof(size_t) +
        hnsw.neighbors.capacity() * sizeof(faiss::HNSW::storage_idx_t));
}

namespace {

/// One OpenMP lock per row, as `add_with_locks` requires.
struct RowLocks {
    std::vector<omp_lock_t> locks;
    explicit RowLocks(size_t n) : locks(n) {
        for (auto &lock : locks) omp_init_lock(&lock);
    }
    ~RowLocks() {
        for (auto &lock : locks) omp_destroy_lock(&lock);
    }
};

/// Lowers the priority of the calling thread: a graph build is background work. On Linux, priorities are per thread.
void lower_priority() {
#if defined(__linux__)
    setpriority(PRIO_PROCESS, 0, 10);
#endif
}

/// Runs `work` on `threads` new low-priority threads and rethrows the first exception that one of them threw.
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
    std::vector<std::thread> started;
    started.reserve(threads);
    // If fewer threads start than requested, the build is slower but correct.
    try {
        for (int32_t i = 0; i < threads; i++) {
            started.emplace_back([&] {
                lower_priority();
                caught();
            });
        }
    } catch (const std::system_error &) {
    }
    if (started.empty()) caught();
    for (auto &thread : started) thread.join();
    if (first) std::rethrow_exception(first);
}

/// Returns the new rows, those on the most layers first, as FAISS adds them. The first row then becomes the entry point and no
/// later row replaces it; the entry point is the only state that `add_with_locks` changes without a lock.
std::vector<int32_t> by_level(const faiss::HNSW &hnsw, int64_t first, int64_t upto) {
    std::vector<int32_t> rows(upto - first);
    std::iota(rows.begin(), rows.end(), static_cast<int32_t>(first));
    std::sort(rows.begin(), rows.end(), [&](int32_t a, int32_t b) {
        return hnsw.levels[a] != hnsw.levels[b] ? hnsw.levels[a] > hnsw.levels[b] : a < b;
    });
    return rows;
}

}  // namespace

void Graph::extend(const cf_codes &codes, int32_t threads, const std::atomic<bool> *cancelled) {
    const int64_t first = count(), upto = codes.count;
    if (upto < first) throw InvalidArgument("fewer codes than the graph covers");
    if (upto == first) return;
    hnsw.prepare_level_tab(upto - first);
    const std::vector<int32_t> rows = by_level(hnsw, first, upto);
    RowLocks locks(upto);
    auto add = [&](CodeDistance &distance, faiss::VisitedTable &visited, int32_t row) {
        if (cancelled && cancelled->load(std::memory_order_relaxed)) throw Cancelled("the graph build was cancelled");
        distance.set_row(row);
        hnsw.add_with_locks(distance, hnsw.levels[row] - 1, row, locks.locks, visited);
    };
    std::atomic<size_t> next{0};
    {
        // Rows that may become the entry point are added by one thread, before the other rows.
        CodeDistance distance(codes);
        faiss::VisitedTable visited(static_cast<int>(upto));
        while (next < rows.size() && (next == 0 || hnsw.levels[rows[next]] - 1 > hnsw.max_level)) {
            add(distance, visited, rows[next++]);
        }
    }
    on_threads(threads, [&] {
        CodeDistance distance(codes);
        faiss::VisitedTable visited(static_cast<int>(upto));
        for (size_t i = next++; i < rows.size(); i = next++) add(distance, visited, rows[i]);
    });
    settle();
}

}  // namespace contextd
