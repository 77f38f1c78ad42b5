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

/// Better first; equal scores by row, so that a walk does not depend on the order in which rows were met.
inline bool better(const Scored &a, const Scored &b) { return a.score > b.score || (a.score == b.score && a.row < b.row); }
inline bool worse(const Scored &a, const Scored &b) { return better(b, a); }

/// The `capacity` best of what is offered: a heap with the worst on top.
struct Best {
    const size_t capacity;
    std::vector<Scored> heap;

    explicit Best(size_t capacity) : capacity(capacity) { heap.reserve(capacity); }

    bool is_full() const { return heap.size() == capacity; }
    bool takes(const Scored &candidate) const { return !is_full() || better(candidate, heap.front()); }
    const Scored &worst() const { return heap.front(); }

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

// What a walk has met: the `width` best rows, and which of them are still to be opened, that is, have neighbours that were
// not looked at. The walk ends when none of the best is. Two ways to keep that, with the same result.

/// All in one list, best first. Taking a row in moves those behind it, which for a few hundred is cheaper than any heap.
class NarrowFrontier {
public:
    explicit NarrowFrontier(size_t width) : width(width) {
        rows.reserve(width);
        opened.reserve(width);
    }

    bool takes(const Scored &candidate) const { return rows.size() < width || better(candidate, rows.back()); }

    /// The caller has asked `takes`.
    void keep(const Scored &candidate) {
        if (rows.size() == width) {
            rows.pop_back();
            opened.pop_back();
        }
        size_t place = rows.size();
        while (place > 0 && better(candidate, rows[place - 1])) place--;
        rows.insert(rows.begin() + static_cast<std::ptrdiff_t>(place), candidate);
        opened.insert(opened.begin() + static_cast<std::ptrdiff_t>(place), 0);
        next = std::min(next, place);
    }

    /// Takes the best row that is still to be opened into `row`; `false` if there is none.
    bool open(uint32_t &row) {
        if (next == rows.size()) return false;
        opened[next] = 1;
        row = rows[next].row;
        while (next < rows.size() && opened[next]) next++;
        return true;
    }

    /// The row that `open` gives next unless a better one is kept before; NULL if there is none.
    const Scored *upcoming() const { return next < rows.size() ? &rows[next] : nullptr; }

    bool is_full() const { return rows.size() == width; }
    const Scored &worst() const { return rows.back(); }
    std::vector<Scored> &kept() { return rows; }

private:
    const size_t width;
    std::vector<Scored> rows;
    std::vector<uint8_t> opened;
    size_t next = 0;  // all before it are opened
};

/// Two heaps, for walks so wide that moving rows would take longest.
class WideFrontier {
public:
    explicit WideFrontier(size_t width) : best(width) {}

    bool takes(const Scored &candidate) const { return best.takes(candidate); }

    /// The caller has asked `takes`.
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

    const Scored *upcoming() const { return unopened.empty() ? nullptr : &unopened.front(); }

    bool is_full() const { return best.is_full(); }
    const Scored &worst() const { return best.worst(); }
    std::vector<Scored> &kept() { return best.heap; }

private:
    Best best;
    std::vector<Scored> unopened;  // best on top
};

}  // namespace contextd
