/// Sequences of token ids stored end to end, without padding.
struct PackedTokens: Sendable {
    private(set) var ids: [Int32] = []
    /// The start of each sequence in `ids`, and the end of the last one.
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

    /// Returns the rows of sequence `index`.
    func rows(_ index: Int) -> Range<Int> { starts[index]..<starts[index + 1] }
}
