/// A bounded heap of the `capacity` best of a stream of scored IDs: a binary heap with the worst item at its root.
///
/// A higher score is better, and on a tie the smaller ID, so the result does not depend on the order of arrival. NaN counts
/// as the worst score.
public struct TopK: Sendable {
    public struct Item: Sendable, Equatable {
        public let score: Float
        public let id: Int64

        public init(score: Float, id: Int64) {
            self.score = score
            self.id = id
        }

        func isWorse(than other: Item) -> Bool {
            score < other.score || (score == other.score && id > other.id)
        }
    }

    public let capacity: Int
    private var heap: [Item] = []

    /// Lower bound on the score of an item that can still enter the heap; `-∞` while the heap is not full.
    public private(set) var threshold: Float

    /// - Parameter capacity: maximum number of items, `≥ 0`; memory grows with the number of items offered.
    public init(capacity: Int) {
        precondition(capacity >= 0, "capacity must not be negative, got \(capacity)")
        self.capacity = capacity
        threshold = capacity == 0 ? .infinity : -.infinity
        heap.reserveCapacity(min(capacity, 1024))
    }

    public var count: Int { heap.count }

    /// Adds an item if it is among the best so far.
    public mutating func offer(_ score: Float, id: Int64) {
        let item = Item(score: score.isNaN ? -.infinity : score, id: id)
        if heap.count < capacity {
            heap.append(item)
            siftUp(heap.count - 1)
            if heap.count == capacity { threshold = heap[0].score }
        } else if capacity > 0, heap[0].isWorse(than: item) {
            heap[0] = item
            siftDown(0)
            threshold = heap[0].score
        }
    }

    /// Returns the kept items, best first.
    public consuming func sorted() -> [Item] {
        heap.sorted { $1.isWorse(than: $0) }
    }

    private mutating func siftUp(_ start: Int) {
        var child = start
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].isWorse(than: heap[parent]) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func siftDown(_ start: Int) {
        var parent = start
        while true {
            var worst = parent
            let left = 2 * parent + 1
            if left < heap.count, heap[left].isWorse(than: heap[worst]) { worst = left }
            if left + 1 < heap.count, heap[left + 1].isWorse(than: heap[worst]) { worst = left + 1 }
            guard worst != parent else { return }
            heap.swapAt(parent, worst)
            parent = worst
        }
    }
}
