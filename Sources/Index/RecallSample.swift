/// The vectors with which recall is measured, in two parts: `ef` is chosen on two thirds and its recall is reported on the rest. A recall that
/// was reported on the queries by which `ef` was chosen would be too high, since the choice also follows their luck.
struct RecallSample: Sendable {
    /// A vector to search for. A stored row is searched for as if it were not in the index.
    struct Vector: Sendable {
        let query: [Float]
        /// Row that results leave out; `nil` if the vector is a query.
        let row: Int?
    }

    var choosing: [Vector] = []
    var reporting: [Vector] = []
    let isOfQueries: Bool

    /// Creates a sample of recorded queries. A query is always in the same part, so that no later choice depends on a reported query.
    init(_ probes: [ProbeRing.Probe]) {
        isOfQueries = true
        for probe in probes { add(Vector(query: probe.query, row: nil), isChoosing: probe.hash % 3 != 0) }
    }

    /// Creates a sample of stored rows.
    init(rows: [(row: Int, vector: [Float])]) {
        isOfQueries = false
        for (place, (row, vector)) in rows.enumerated() { add(Vector(query: vector, row: row), isChoosing: place % 3 != 0) }
    }

    private mutating func add(_ vector: Vector, isChoosing: Bool) {
        if isChoosing { choosing.append(vector) } else { reporting.append(vector) }
    }
}
