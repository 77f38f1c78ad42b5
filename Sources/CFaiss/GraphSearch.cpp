#include <algorithm>
#include <limits>
#include <vector>

#include "Frontier.hpp"
#include "Graph.hpp"

namespace contextd {

namespace {

/// Minimum `ef` for a frontier of heaps.
constexpr size_t wide_ef = 512;

/// Number of rows that are expanded together. A search spends most of its time waiting for memory; this way it waits for the
/// codes of several rows' neighbours at once. Some of these rows would not be expanded one at a time; they cost less than the
/// waiting and improve recall. Measured at 100,000 × 384: half the time of one row at a time, at equal recall; 3 to 6 are alike.
constexpr size_t opened_together = 4;

/// One graph search for one query. `met` has a bit per row, set if the row was visited.
template <class Frontier>
struct Search {
    const faiss::HNSW &hnsw;
    const cf_codes &codes;
    const size_t code_size;
    const size_t lowest_degree;
    const int8_t *query;
    const uint64_t *eligible;
    const int64_t hidden;
    std::vector<uint64_t> met;
    Frontier frontier;  // visited rows, eligible or not
    Best found;         // eligible rows; unused if every row is eligible
    std::vector<uint32_t> fresh;
    std::vector<float> scores;

    Search(const Graph &graph, const cf_codes &codes, const cf_search &search)
        : hnsw(graph.hnsw),
          codes(codes),
          code_size(ck_i8_code_size(codes.dimension)),
          lowest_degree(hnsw.nb_neighbors(0)),
          query(search.query),
          eligible(search.eligible),
          hidden(search.hidden),
          met((graph.hnsw.levels.size() + 63) / 64),
          frontier(search.ef),
          found(search.eligible ? search.limit : 0) {
        fresh.resize(std::max(opened_together * lowest_degree, static_cast<size_t>(hnsw.nb_neighbors(1))));
        scores.resize(fresh.size());
        if (hidden >= 0 && hidden < graph.count()) meet(static_cast<uint32_t>(hidden));
    }

    /// Returns the row's neighbours on the lowest layer, which are stored first.
    const int32_t *lowest_list(uint32_t row) const { return hnsw.neighbors.data() + hnsw.offsets[row]; }

    Scored scored(uint32_t row) const { return {ck_score_i8(query, codes.bytes + row * code_size, codes.dimension), row}; }

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

    /// Returns the row that is reached on a layer by always moving to the nearest neighbour.
    Scored descend(Scored nearest, int level) {
        for (bool moved = true; moved;) {
            moved = false;
            size_t begin, end, count = 0;
            hnsw.neighbor_range(nearest.row, level, &begin, &end);
            for (size_t i = begin; i < end && hnsw.neighbors[i] >= 0; i++) {
                if (hnsw.neighbors[i] == hidden) continue;
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
        // Scores are compared first: most rows score too low, and that costs less to find out than whether a row is eligible.
        if (eligible && found.takes(candidate) && is_eligible(candidate.row)) found.keep(candidate);
        if (!frontier.takes(candidate)) return;
        frontier.keep(candidate);
        fetch_list(candidate.row);
    }

    /// Appends the unvisited neighbours of `row` on the lowest layer to `fresh`, which holds `count` rows, and prefetches their
    /// codes. Returns the new count.
    size_t meet_neighbors(uint32_t row, size_t count) {
        const int32_t *list = lowest_list(row);
        for (size_t i = 0; i < lowest_degree && list[i] >= 0; i++) {
            const auto neighbor = static_cast<uint32_t>(list[i]);
            if (!meet(neighbor)) continue;
            fetch(neighbor);
            __builtin_prefetch(&hnsw.offsets[neighbor]);  // for `fetch_list`, if the row is kept
            fresh[count++] = neighbor;
        }
        return count;
    }

    void fetch_list(uint32_t row) const {
        const int32_t *list = lowest_list(row);
        for (size_t i = 0; i < lowest_degree; i += 16) __builtin_prefetch(list + i);
        __builtin_prefetch(list + lowest_degree - 1);
    }

    /// Expands the best rows: collects their unvisited neighbours. Returns the number of these; 0 at the end of the search.
    size_t open_best() {
        size_t count = 0;
        // If all neighbours were visited before, expands the next rows.
        do {
            uint32_t row;
            size_t opened = 0;
            for (; opened < opened_together && frontier.open(row); opened++) count = meet_neighbors(row, count);
            if (opened == 0) break;
        } while (count == 0);
        return count;
    }

    /// Searches the lowest layer: algorithm 2 of Malkov & Yashunin 2018, except that several rows are expanded together, and
    /// that an ineligible row is expanded but not returned.
    void search_lowest(const Scored &start) {
        meet(start.row);
        visit(start);
        while (const size_t count = open_best()) {
            score_fresh(count);
            for (size_t i = 0; i < count; i++) visit({scores[i], fresh[i]});
        }
    }

    void run(size_t limit, uint32_t *rows, float *out, cf_search_result &result) {
        Scored nearest = scored(static_cast<uint32_t>(hnsw.entry_point));
        // A hidden row may be the entry point: the search then visits its neighbours but does not return it.
        if (nearest.row == hidden) nearest.score = -std::numeric_limits<float>::infinity();
        for (int level = hnsw.max_level; level > 0; level--) nearest = descend(nearest, level);
        search_lowest(nearest);
        const auto without_hidden = [&](std::vector<Scored> some) {
            some.erase(
                std::remove_if(some.begin(), some.end(), [&](const Scored &row) { return row.row == hidden; }), some.end());
            return some;
        };
        const std::vector<Scored> kept = without_hidden(frontier.kept());
        std::vector<Scored> best = eligible ? without_hidden(found.heap) : kept;
        const size_t count = std::min(best.size(), limit);
        std::partial_sort(best.begin(), best.begin() + static_cast<std::ptrdiff_t>(count), best.end(), better);
        for (size_t i = 0; i < count; i++) {
            rows[i] = best[i].row;
            out[i] = best[i].score;
        }
        result.rows = static_cast<int32_t>(count);
        result.near = static_cast<int32_t>(
            eligible ? std::count_if(kept.begin(), kept.end(), [&](const Scored &row) { return is_eligible(row.row); })
                     : kept.size());
    }
};

}  // namespace

cf_search_result Graph::search(const cf_codes &codes, const cf_search &request, uint32_t *rows, float *scores) const {
    cf_search_result found{};
    if (hnsw.entry_point < 0) return found;
    const auto limit = static_cast<size_t>(request.limit);
    if (static_cast<size_t>(request.ef) < wide_ef) {
        Search<NarrowFrontier>(*this, codes, request).run(limit, rows, scores, found);
    } else {
        Search<WideFrontier>(*this, codes, request).run(limit, rows, scores, found);
    }
    return found;
}

}  // namespace contextd
