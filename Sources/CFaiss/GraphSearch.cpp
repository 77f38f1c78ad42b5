#include <algorithm>
#include <vector>

#include "Frontier.hpp"
#include "Graph.hpp"

namespace contextd {

namespace {

/// From here on a walk is kept in heaps.
constexpr size_t wide_from = 512;

/// Rows whose neighbours are looked at together. A walk waits for memory most of its time, and it waits for the codes of
/// all of them at once; that some would not have been opened had the others been scored first costs less, and is not lost:
/// they add to recall. Measured at 100,000 × 384: half of the time of one at a time, at equal recall; 3 to 6 are alike.
constexpr size_t opened_together = 4;

/// One walk towards one query. A bit a row says what was met.
template <class Frontier>
struct Walk {
    const faiss::HNSW &hnsw;
    const cf_codes &codes;
    const size_t code_size;
    const size_t lowest_degree;
    const int8_t *query;
    const uint64_t *eligible;
    std::vector<uint64_t> met;
    Frontier frontier;  // rows met, eligible or not
    Best found;         // eligible ones; not used where every row is
    std::vector<uint32_t> fresh;
    std::vector<float> scores;

    Walk(const Graph &graph, const cf_codes &codes, const cf_walk &walk)
        : hnsw(graph.hnsw), codes(codes), code_size(ck_i8_code_size(codes.dimension)),
          lowest_degree(hnsw.nb_neighbors(0)), query(walk.query), eligible(walk.eligible), met((graph.hnsw.levels.size() + 63) / 64), frontier(walk.width),
          found(walk.eligible ? walk.limit : 0) {
        fresh.resize(std::max(opened_together * lowest_degree, static_cast<size_t>(hnsw.nb_neighbors(1))));
        scores.resize(fresh.size());
    }

    /// Neighbours on the lowest layer: they come first.
    const int32_t *lowest_list(uint32_t row) const { return hnsw.neighbors.data() + hnsw.offsets[row]; }

    Scored scored(uint32_t row) const {
        return {ck_score_i8(query, codes.bytes + row * code_size, codes.dimension), row};
    }

    void score_fresh(size_t count) {
        ck_score_i8_fetched(query, codes.bytes, fresh.data(), count, codes.dimension, scores.data());
    }

    bool is_eligible(uint32_t row) const { return eligible[row / 64] >> (row % 64) & 1; }

    bool meet(uint32_t row) {
        uint64_t &word = met[row / 64];
        const uint64_t bit = uint64_t{1} << (row % 64);
        if (word & bit) return false;
        word |= bit;
        return true;
    }

    void fetch(uint32_t row) const {
        const uint8_t *code = codes.bytes + row * code_size;
        for (size_t at = 0; at < code_size; at += 64) __builtin_prefetch(code + at);
    }

    /// The nearest row of a layer that is reached by always stepping to the nearest neighbour.
    Scored descend(Scored nearest, int level) {
        for (bool moved = true; moved;) {
            moved = false;
            size_t begin, end, count = 0;
            hnsw.neighbor_range(nearest.row, level, &begin, &end);
            for (size_t i = begin; i < end && hnsw.neighbors[i] >= 0; i++) {
                fresh[count] = static_cast<uint32_t>(hnsw.neighbors[i]);
                fetch(fresh[count++]);
            }
            score_fresh(count);
            for (size_t i = 0; i < count; i++) {
                const Scored next{scores[i], fresh[i]};
                if (better(next, nearest)) nearest = next, moved = true;
            }
        }
        return nearest;
    }

    void visit(const Scored &candidate) {
        if (eligible && is_eligible(candidate.row) && found.takes(candidate)) found.keep(candidate);
        if (!frontier.takes(candidate)) return;
        frontier.keep(candidate);
        fetch_list(candidate.row);
    }

    /// Appends the neighbours of `row` on the lowest layer that were not met before to `fresh`, which holds `count`; their
    /// codes are on the way.
    size_t meet_neighbors(uint32_t row, size_t count) {
        const int32_t *list = lowest_list(row);
        for (size_t i = 0; i < lowest_degree && list[i] >= 0; i++) {
            const auto neighbor = static_cast<uint32_t>(list[i]);
            if (!meet(neighbor)) continue;
            fetch(neighbor);
            __builtin_prefetch(&hnsw.offsets[neighbor]);  // for `fetch_list`, should it be kept
            fresh[count++] = neighbor;
        }
        return count;
    }

    void fetch_list(uint32_t row) const {
        const int32_t *list = lowest_list(row);
        for (size_t i = 0; i < lowest_degree; i += 16) __builtin_prefetch(list + i);
        __builtin_prefetch(list + lowest_degree - 1);
    }

    /// Opens the best rows and meets their neighbours; returns how many those are, none at the end of the walk.
    size_t open_best() {
        size_t count = 0;
        // Rows whose neighbours were all met before bring nothing; the next ones may.
        do {
            uint32_t row;
            size_t opened = 0;
            for (; opened < opened_together && frontier.open(row); opened++) count = meet_neighbors(row, count);
            if (opened == 0) break;
        } while (count == 0);
        return count;
    }

    /// Malkov & Yashunin 2018, algorithm 2, except that several rows are opened together, and that a row that is not
    /// eligible leads on but is not found.
    void widen(const Scored &start) {
        meet(start.row);
        visit(start);
        while (const size_t count = open_best()) {
            score_fresh(count);
            for (size_t i = 0; i < count; i++) visit({scores[i], fresh[i]});
        }
    }

    void run(size_t limit, uint32_t *rows, float *out, cf_found &result) {
        Scored nearest = scored(static_cast<uint32_t>(hnsw.entry_point));
        for (int level = hnsw.max_level; level > 0; level--) nearest = descend(nearest, level);
        widen(nearest);
        const std::vector<Scored> kept = frontier.kept();
        std::vector<Scored> best = eligible ? found.heap : kept;
        const size_t count = std::min(best.size(), limit);
        std::partial_sort(best.begin(), best.begin() + static_cast<std::ptrdiff_t>(count), best.end(), better);
        for (size_t i = 0; i < count; i++) {
            rows[i] = best[i].row;
            out[i] = best[i].score;
        }
        result.rows = static_cast<int32_t>(count);
        result.near = static_cast<int32_t>(
            eligible ? std::count_if(kept.begin(), kept.end(), [&](const Scored &row) { return is_eligible(row.row); }) : kept.size());
    }
};

}  // namespace

cf_found Graph::search(const cf_codes &codes, const cf_walk &request, uint32_t *rows, float *scores) const {
    cf_found found{};
    if (hnsw.entry_point < 0) return found;
    const auto limit = static_cast<size_t>(request.limit);
    if (static_cast<size_t>(request.width) < wide_from) {
        Walk<NarrowFrontier>(*this, codes, request).run(limit, rows, scores, found);
    } else {
        Walk<WideFrontier>(*this, codes, request).run(limit, rows, scores, found);
    }
    return found;
}

}  // namespace contextd
