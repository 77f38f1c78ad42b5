#include <algorithm>
#include <vector>

#include "Graph.hpp"

namespace contextd {

namespace {

struct Scored {
    float score;
    uint32_t row;
};

/// Better first; equal scores by row, so that a walk does not depend on the heap's order.
bool better(const Scored &a, const Scored &b) { return a.score > b.score || (a.score == b.score && a.row < b.row); }
bool worse(const Scored &a, const Scored &b) { return better(b, a); }

/// The `capacity` best of what is offered: a heap with the worst on top.
struct Best {
    const size_t capacity;
    std::vector<Scored> heap;

    explicit Best(size_t capacity) : capacity(capacity) { heap.reserve(capacity); }

    bool is_full() const { return heap.size() == capacity; }
    bool takes(const Scored &candidate) const { return !is_full() || better(candidate, heap.front()); }

    /// The caller has asked `takes`.
    void keep(const Scored &candidate) {
        if (is_full()) {
            std::pop_heap(heap.begin(), heap.end(), better);
            heap.pop_back();
        }
        heap.push_back(candidate);
        std::push_heap(heap.begin(), heap.end(), better);
    }
};

/// One walk towards one query. A bit a row says what was met.
struct Walk {
    const faiss::HNSW &hnsw;
    const cf_codes &codes;
    const int8_t *query;
    const uint64_t *eligible;
    std::vector<uint64_t> met;
    std::vector<Scored> open;  // heap, best on top: rows whose neighbours have not been looked at
    Best bound;                // rows met, eligible or not: the walk ends when nothing open is better than the worst
    Best found;                // eligible ones; not used where every row is
    std::vector<uint32_t> fresh;
    std::vector<float> scores;

    Walk(const Graph &graph, const cf_codes &codes, const cf_walk &walk)
        : hnsw(graph.hnsw), codes(codes), query(walk.query), eligible(walk.eligible),
          met((graph.hnsw.levels.size() + 63) / 64), bound(walk.width), found(walk.eligible ? walk.limit : 0) {
        open.reserve(4 * static_cast<size_t>(walk.width));
        fresh.resize(hnsw.nb_neighbors(0));
        scores.resize(fresh.size());
    }

    Scored scored(uint32_t row) const {
        const size_t size = ck_i8_code_size(codes.dimension);
        return {ck_score_i8(query, codes.bytes + row * size, codes.dimension), row};
    }

    bool is_eligible(uint32_t row) const { return eligible[row / 64] >> (row % 64) & 1; }

    bool meet(uint32_t row) {
        uint64_t &word = met[row / 64];
        const uint64_t bit = uint64_t{1} << (row % 64);
        if (word & bit) return false;
        word |= bit;
        return true;
    }

    /// The nearest row of a layer that is reached by always stepping to a nearer neighbour.
    Scored descend(Scored nearest, int level) const {
        for (bool moved = true; moved;) {
            moved = false;
            size_t begin, end;
            hnsw.neighbor_range(nearest.row, level, &begin, &end);
            for (size_t i = begin; i < end && hnsw.neighbors[i] >= 0; i++) {
                const Scored next = scored(static_cast<uint32_t>(hnsw.neighbors[i]));
                if (better(next, nearest)) nearest = next, moved = true;
            }
        }
        return nearest;
    }

    void visit(const Scored &candidate) {
        if (eligible && is_eligible(candidate.row) && found.takes(candidate)) found.keep(candidate);
        if (!bound.takes(candidate)) return;
        bound.keep(candidate);
        open.push_back(candidate);
        std::push_heap(open.begin(), open.end(), worse);
    }

    /// The row to be opened next, if no better one is met before: its neighbours are fetched meanwhile.
    void prefetch_neighbors() const {
        if (open.empty()) return;
        const auto *list = hnsw.neighbors.data() + hnsw.offsets[open.front().row];
        __builtin_prefetch(list);
        __builtin_prefetch(list + 16);
    }

    /// Neighbours of `row` on the lowest layer that were not met before, into `fresh`.
    size_t meet_neighbors(uint32_t row) {
        size_t begin, end, count = 0;
        hnsw.neighbor_range(row, 0, &begin, &end);
        for (size_t i = begin; i < end && hnsw.neighbors[i] >= 0; i++) {
            const auto neighbor = static_cast<uint32_t>(hnsw.neighbors[i]);
            if (meet(neighbor)) fresh[count++] = neighbor;
        }
        return count;
    }

    /// Malkov & Yashunin 2018, algorithm 2, except that a row that is not eligible leads on but is not found.
    void widen(const Scored &start) {
        meet(start.row);
        visit(start);
        while (!open.empty()) {
            const Scored nearest = open.front();
            if (bound.is_full() && better(bound.heap.front(), nearest)) return;
            std::pop_heap(open.begin(), open.end(), worse);
            open.pop_back();
            prefetch_neighbors();
            const size_t count = meet_neighbors(nearest.row);
            ck_score_i8_gather(query, codes.bytes, fresh.data(), count, codes.dimension, scores.data());
            for (size_t i = 0; i < count; i++) visit({scores[i], fresh[i]});
        }
    }

    /// The eligible rows found, but for those beyond the bound: there the walk did not look, and met them by chance.
    std::vector<Scored> &found_within_bound() {
        if (bound.is_full()) {
            const Scored worst = bound.heap.front();
            auto beyond = [&](const Scored &row) { return better(worst, row); };
            found.heap.erase(std::remove_if(found.heap.begin(), found.heap.end(), beyond), found.heap.end());
        }
        return found.heap;
    }
};

}  // namespace

int32_t Graph::search(const cf_codes &codes, const cf_walk &request, uint32_t *rows, float *scores) const {
    if (hnsw.entry_point < 0) return 0;
    Walk walk(*this, codes, request);
    Scored nearest = walk.scored(static_cast<uint32_t>(hnsw.entry_point));
    for (int level = hnsw.max_level; level > 0; level--) nearest = walk.descend(nearest, level);
    walk.widen(nearest);
    std::vector<Scored> &best = request.eligible ? walk.found_within_bound() : walk.bound.heap;
    const size_t count = std::min(best.size(), static_cast<size_t>(request.limit));
    std::partial_sort(best.begin(), best.begin() + static_cast<std::ptrdiff_t>(count), best.end(), better);
    for (size_t i = 0; i < count; i++) {
        rows[i] = best[i].row;
        scores[i] = best[i].score;
    }
    return static_cast<int32_t>(count);
}

}  // namespace contextd
