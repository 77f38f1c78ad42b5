#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace contextd {

struct Scored {
    float score;
    uint32_t row;
};

/// Orders by descending score, then by row, so that a search does not depend on the order in which rows were visited.
inline bool better(const Scored &a, const Scored &b) { return a.score > b.score || (a.score == b.score && a.row < b.row); }
inline bool worse(const Scored &a, const Scored &b) { return better(b, a); }

/// The `capacity` best candidates seen: a heap with the worst on top.
struct Best {
    const size_t capacity;
    std::vector<Scored> heap;

    explicit Best(size_t capacity) : capacity(capacity) { heap.reserve(capacity); }

    bool is_full() const { return heap.size() == capacity; }
    bool takes(const Scored &candidate) const { return !is_full() || better(candidate, heap.front()); }
    const Scored &worst() const { return heap.front(); }

    /// Call only if `takes(candidate)` is true.
    void keep(const Scored &candidate) {
        if (is_full()) {
            std::pop_heap(heap.begin(), heap.end(), better);
            heap.pop_back();
        }
        heap.push_back(candidate);
        std::push_heap(heap.begin(), heap.end(), better);
    }
};

// A frontier is the candidate list of a graph search: the `width` (`ef`) best visited rows, each marked as expanded or not. A row
// is expanded by visiting its neighbours; the search ends when all candidates are expanded. Both classes give the same result.

/// One list, best first. Inserting a row moves the rows behind it, which for a few hundred rows is cheaper than a heap.
class NarrowFrontier {
  public:
    explicit NarrowFrontier(size_t width) : width(width), list(width + 1) {}

    bool takes(const Scored &candidate) const { return count < width || better(candidate, worst()); }

    /// Call only if `takes(candidate)` is true.
    void keep(const Scored &candidate) {
        // In a full list, the worst row moves to the place behind the last one, and is thereby removed.
        size_t place = count;
        for (; place > 0 && better(candidate, list[place - 1].scored); place--) list[place] = list[place - 1];
        list[place] = {candidate, false};
        if (count < width) count++;
        next = std::min(next, place);
    }

    /// Writes the best row that is not expanded to `row` and marks it as expanded; returns `false` if there is none.
    bool open(uint32_t &row) {
        if (next == count) return false;
        list[next].is_open = true;
        row = list[next].scored.row;
        while (next < count && list[next].is_open) next++;
        return true;
    }

    bool is_full() const { return count == width; }
    const Scored &worst() const { return list[count - 1].scored; }

    std::vector<Scored> kept() const {
        std::vector<Scored> rows;
        rows.reserve(count);
        for (size_t i = 0; i < count; i++) rows.push_back(list[i].scored);
        return rows;
    }

  private:
    struct Entry {
        Scored scored;
        bool is_open;
    };
    const size_t width;
    std::vector<Entry> list;  // the first `count` are used
    size_t count = 0;
    size_t next = 0;  // all entries before it are expanded
};

/// Two heaps, for an `ef` so large that moving rows would dominate the time.
class WideFrontier {
  public:
    explicit WideFrontier(size_t width) : best(width) {}

    bool takes(const Scored &candidate) const { return best.takes(candidate); }

    /// Call only if `takes(candidate)` is true.
    void keep(const Scored &candidate) {
        best.keep(candidate);
        unopened.push_back(candidate);
        std::push_heap(unopened.begin(), unopened.end(), worse);
    }

    bool open(uint32_t &row) {
        if (unopened.empty() || (best.is_full() && better(best.worst(), unopened.front()))) return false;
        row = unopened.front().row;
        std::pop_heap(unopened.begin(), unopened.end(), worse);
        unopened.pop_back();
        return true;
    }

    bool is_full() const { return best.is_full(); }
    const Scored &worst() const { return best.worst(); }
    std::vector<Scored> kept() const { return best.heap; }

  private:
    Best best;
    std::vector<Scored> unopened;  // best on top
};

}  // namespace contextd
