/// The sheets, slides and attachments of a document that have text, read in order: no chunk has text of two of them.
struct SeparateParts {
    private let ranges: [Range<Int>]
    private var next = 0

    init(_ parts: [DocumentPart]) {
        var end = 0
        var ranges: [Range<Int>] = []
        for part in parts where part.kind != .page && part.range.lowerBound >= end && !part.range.isEmpty {
            ranges.append(part.range)
            end = part.range.upperBound
        }
        self.ranges = ranges
    }

    /// The offsets at which parts begin and end, in ascending order.
    var boundaries: [Int] { ranges.flatMap { [$0.lowerBound, $0.upperBound] } }

    /// Returns the number of the part that has the byte at `offset`; `nil` if none has.
    ///
    /// - Precondition: `offset` is not less than in the call before.
    mutating func part(at offset: Int) -> Int? {
        while next < ranges.count, ranges[next].upperBound <= offset { next += 1 }
        return next < ranges.count && ranges[next].contains(offset) ? next : nil
    }
}
