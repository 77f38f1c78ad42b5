/// The `capacity` best of a stream of scored ids, without sorting the rest: a binary heap with the worst at its root.
///
/// Better is a higher score, then a smaller id, so the result does not depend on the order of arrival. NaN counts as
/// the worst score.
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

    /// A score below this cannot enter any more; `-∞` while there is room.
    public private(set) var threshold: Float

    /// - Parameter capacity: `≥ 0`; memory grows with what is offered, up to this.
    public init(capacity: Int) {
        precondition(capacity >= 0, "the best \(capacity)")
        self.capacity = capacity
        threshold = capacity == 0 ? .infinity : -.infinity
        heap.reserveCapacity(min(capacity, 1024))
    }

    public var count: Int { heap.count }

    /// Offers one item; keeps it if it is among the best so far.
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

    /// What was kept, best first.
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
