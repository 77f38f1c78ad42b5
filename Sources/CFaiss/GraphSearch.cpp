#include <algorithm>
#include <queue>
#include <vector>

#include "Graph.hpp"

namespace contextd {

namespace {

struct Scored {
    float score;
    int32_t row;
};

/// Better first; equal scores by row, so that a walk does not depend on the heap's order.
bool better(const Scored &a, const Scored &b) { return a.score > b.score || (a.score == b.score && a.row < b.row); }
bool worse(const Scored &a, const Scored &b) { return better(b, a); }

/// One walk towards one query. A bit a row says what was met.
struct Walk {
    const faiss::HNSW &hnsw;
    const CodeStorage &storage;
    const int8_t *query;
    const uint64_t *live;
    const size_t width;
    std::vector<uint64_t> met;
    std::vector<Scored> open;   // heap, best on top: rows whose neighbours have not been looked at
    std::vector<Scored> found;  // heap, worst on top: the best live rows so far, at most `width`
    std::vector<int32_t> fresh;

    Walk(const Graph &graph, const CodeStorage &storage, const int8_t *query, const uint64_t *live, size_t width)
        : hnsw(graph.hnsw), storage(storage), query(query), live(live), width(width),
          met((graph.hnsw.levels.size() + 63) / 64) {}

    const uint8_t *code(int32_t row) const { return storage.codes.data() + static_cast<size_t>(row) * storage.code_size; }
    Scored scored(int32_t row) const { return {ck_score_i8(query, code(row), storage.d), row}; }
    bool is_live(int32_t row) const { return live[row / 64] >> (row % 64) & 1; }

    void prefetch(int32_t row) const {
        const uint8_t *bytes = code(row);
        for (size_t at = 0; at < storage.code_size; at += 64) __builtin_prefetch(bytes + at);
    }

    bool meet(int32_t row) {
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
                const Scored next = scored(hnsw.neighbors[i]);
                if (better(next, nearest)) nearest = next, moved = true;
            }
        }
        return nearest;
    }

    void keep(const Scored &candidate) {
        if (found.size() == width) {
            if (!better(candidate, found.front())) return;
            std::pop_heap(found.begin(), found.end(), better);
            found.pop_back();
        }
        found.push_back(candidate);
        std::push_heap(found.begin(), found.end(), better);
    }

    void visit(int32_t row) {
        const Scored candidate = scored(row);
        if (found.size() == width && !better(candidate, found.front())) return;
        open.push_back(candidate);
        std::push_heap(open.begin(), open.end(), worse);
        if (is_live(row)) keep(candidate);
    }

    /// Malkov & Yashunin 2018, algorithm 2, except that a deleted row leads on but is not found.
    void widen(Scored start) {
        meet(start.row);
        visit(start.row);
        while (!open.empty()) {
            const Scored nearest = open.front();
            if (found.size() == width && better(found.front(), nearest)) return;
            std::pop_heap(open.begin(), open.end(), worse);
            open.pop_back();
            size_t begin, end;
            hnsw.neighbor_range(nearest.row, 0, &begin, &end);
            fresh.clear();
            for (size_t i = begin; i < end && hnsw.neighbors[i] >= 0; i++) {
                const int32_t row = hnsw.neighbors[i];
                if (!meet(row)) continue;
                prefetch(row);
                fresh.push_back(row);
            }
            for (const int32_t row : fresh) visit(row);
        }
    }
};

}  // namespace

int32_t Graph::search(
    const CodeStorage &storage, const int8_t *query, const uint64_t *live, int32_t width, uint32_t *rows,
    float *scores) const {
    if (hnsw.entry_point < 0) return 0;
    Walk walk(*this, storage, query, live, static_cast<size_t>(width));
    walk.found.reserve(width);
    walk.open.reserve(4 * static_cast<size_t>(width));
    Scored nearest = walk.scored(hnsw.entry_point);
    for (int level = hnsw.max_level; level > 0; level--) nearest = walk.descend(nearest, level);
    walk.widen(nearest);
    std::sort_heap(walk.found.begin(), walk.found.end(), better);
    for (size_t i = 0; i < walk.found.size(); i++) {
        rows[i] = static_cast<uint32_t>(walk.found[i].row);
        scores[i] = walk.found[i].score;
    }
    return static_cast<int32_t>(walk.found.size());
}

}  // namespace contextd
