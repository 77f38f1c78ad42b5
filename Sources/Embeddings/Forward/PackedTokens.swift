/// Sequences of token ids laid end to end, without padding.
struct PackedTokens: Sendable {
    private(set) var ids: [Int32] = []
    /// Where each sequence begins, and at the end where the last one stops.
    private(set) var starts: [Int] = [0]

    init() {}

    init(_ sequences: some Sequence<[Int32]>) {
        for sequence in sequences { append(sequence) }
    }

    mutating func append(_ sequence: [Int32]) {
        ids.append(contentsOf: sequence)
        starts.append(ids.count)
    }

    var count: Int { starts.count - 1 }
    var tokenCount: Int { ids.count }

    /// The rows of sequence `index`.
    func rows(_ index: Int) -> Range<Int> { starts[index]..<starts[index + 1] }
}
