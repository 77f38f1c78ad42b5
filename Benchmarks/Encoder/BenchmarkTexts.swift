import Foundation
import JSON

/// The texts that the benchmark embeds.
enum BenchmarkTexts {
    /// English words: most of them are single tokens of the vocabulary, a few are split.
    private static let words = """
        the of and to in a is that for it was on are as with his they at be this from have or by one had not but what all
        were when we there can an your which their said if do will each about how up out them then she many some so these
        would other into has more her two like him see time could no make than first been its who now people my made over
        did down only way find use may water long little very after words called just where most know memory index vector
        kernel tenant document passage retrieval ranking cosine embedding transformer attention latency throughput cache
        protein receptor expression clinical randomized mitochondrial inhibition phosphorylation cells patients results
        """.split(whereSeparator: \.isWhitespace).map(String.init)

    /// Generates texts from a seed, of 50 to 256 tokens, 188 on average.
    static func made(count: Int) -> [String] {
        var state: UInt64 = 42
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        return (0..<count).map { _ in
            let length = 42 + next(60) + next(60) + next(60) + next(60)
            return (0..<length).map { position in
                words[next(words.count)] + (position % 15 == 14 ? "." : "")
            }.joined(separator: " ")
        }
    }

    /// Reads up to `count` lines of a JSON-lines file, each an object with `text` and optionally `title`.
    static func read(_ file: URL, count: Int) throws -> [String] {
        try Data(contentsOf: file).split(separator: UInt8(ascii: "\n")).prefix(count).map { line in
            let value = try JSONValue(parsing: [UInt8](line))
            return [value["title"]?.stringValue, value["text"]?.stringValue].compactMap { $0 }.joined(separator: " ")
        }
    }
}
