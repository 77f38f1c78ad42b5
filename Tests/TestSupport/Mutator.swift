/// Derives inputs for a parser from valid ones: with byte changes, the parser's own tokens, repetition and splicing of two inputs.
///
/// - Source: the mutations of libFuzzer and AFL, without coverage feedback.
public struct Mutator: Sendable {
    private let corpus: [[UInt8]]
    /// Tokens of the grammar: brackets, keywords, escapes.
    private let tokens: [[UInt8]]
    private let maximumBytes: Int
    public var random: SplitMix64

    /// - Precondition: `corpus` is not empty.
    public init(corpus: [[UInt8]], tokens: [String], maximumBytes: Int = 4096, seed: UInt64) {
        precondition(!corpus.isEmpty, "a mutator needs inputs to start from")
        self.corpus = corpus
        self.tokens = tokens.map { Array($0.utf8) } + Self.bytesOfInterest
        self.maximumBytes = maximumBytes
        random = SplitMix64(seed: seed)
    }

    /// Returns the next input: one from the corpus with one to six mutations.
    public mutating func next() -> [UInt8] {
        var input = corpus.randomElement(using: &random) ?? []
        for _ in 0..<Int.random(in: 1...6, using: &random) { mutate(&input) }
        if input.count > maximumBytes { input.removeLast(input.count - maximumBytes) }
        return input
    }

    private mutating func mutate(_ input: inout [UInt8]) {
        switch Int.random(in: 0..<10, using: &random) {
        case 0: insert(tokens.randomElement(using: &random) ?? [], into: &input)
        case 1: overwrite(tokens.randomElement(using: &random) ?? [], in: &input)
        case 2: if let place = place(in: input) { input[place] ^= 1 << UInt8.random(in: 0..<8, using: &random) }
        case 3: if let place = place(in: input) { input[place] = UInt8.random(in: 0...255, using: &random) }
        case 4: input.removeSubrange(span(of: input))
        case 5: insert(Array(input[span(of: input)]), into: &input)
        case 6: repeatPart(of: &input)
        case 7: nest(&input)
        case 8: splice(&input)
        default: input.removeLast(Int.random(in: 0...min(8, input.count), using: &random))
        }
    }

    private mutating func place(in input: [UInt8]) -> Int? { input.indices.randomElement(using: &random) }

    /// Returns a random range, usually a short one.
    private mutating func span(of input: [UInt8]) -> Range<Int> {
        let start = Int.random(in: 0...input.count, using: &random)
        let longest = Bool.random(using: &random) ? 8 : 256
        return start..<min(input.count, start + Int.random(in: 0...longest, using: &random))
    }

    private mutating func insert(_ piece: [UInt8], into input: inout [UInt8]) {
        input.insert(contentsOf: piece, at: Int.random(in: 0...input.count, using: &random))
    }

    private mutating func overwrite(_ piece: [UInt8], in input: inout [UInt8]) {
        let start = Int.random(in: 0...input.count, using: &random)
        input.replaceSubrange(start..<min(input.count, start + piece.count), with: piece)
    }

    private mutating func repeatPart(of input: inout [UInt8]) {
        let part = Bool.random(using: &random) ? Array(input[span(of: input)]) : tokens.randomElement(using: &random) ?? []
        guard !part.isEmpty else { return }
        let count = min(1 << Int.random(in: 1...10, using: &random), maximumBytes / part.count + 1)
        insert(Array(repeatElement(part, count: count).joined()), into: &input)
    }

    /// Surrounds the input with copies of two tokens, like nested brackets.
    private mutating func nest(_ input: inout [UInt8]) {
        let depth = 1 << Int.random(in: 0...7, using: &random)
        let opening = tokens.randomElement(using: &random) ?? [], closing = tokens.randomElement(using: &random) ?? []
        guard (opening.count + closing.count) * depth <= maximumBytes else { return }
        input = repeatElement(opening, count: depth).joined() + input + repeatElement(closing, count: depth).joined()
    }

    private mutating func splice(_ input: inout [UInt8]) {
        let other = corpus.randomElement(using: &random) ?? []
        input = Array(input.prefix(Int.random(in: 0...input.count, using: &random)))
        input += other.suffix(Int.random(in: 0...other.count, using: &random))
    }

    private static let bytesOfInterest: [[UInt8]] = [
        [0], [0xFF], [0x80], [0x7F], [0x0A], [0x0D, 0x0A], [0xEF, 0xBB, 0xBF], [0xC3], [0xE2, 0x82], [0xF0, 0x9F, 0x98],
        [0xED, 0xA0, 0x80],
        [0xCC, 0x81], [0xCC, 0xA3], [0xFF, 0xFE], [0xFE, 0xFF], [0xFF, 0xFF, 0xFF, 0xFF], [0, 0, 0, 0], [0xFF, 0xFF, 0xFF, 0x7F],
        [0, 0, 0, 0x80], [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], Array("9223372036854775807".utf8), Array("-1".utf8),
        Array("1e308".utf8),
    ]
}
