import Embeddings
import Foundation

/// The command-line options of the benchmark. An invalid option prints the usage and ends the process.
struct BenchmarkOptions {
    var model = URL(filePath: "models/all-MiniLM-L6-v2")
    var texts: URL?
    var count = 256
    var threads = ProcessInfo.processInfo.activeProcessorCount
    var precision = EmbeddingPrecision.float32
    /// Number of passes over all texts; the median counts.
    var passes = 3
    /// Number of queries sent while passages are embedded; the 99th percentile needs a hundred.
    var queries = 200
    var json = false
    /// File to write vectors to, instead of measuring.
    var embed: URL?
    /// Texts to tokenize, instead of measuring.
    var tokenize: URL?

    init(_ arguments: some Sequence<String>) {
        if let folder = ProcessInfo.processInfo.environment["CONTEXTD_MODEL_DIR"] { model = URL(filePath: folder) }
        var rest = arguments.makeIterator()
        while let argument = rest.next() {
            switch argument {
            case "--json": json = true
            case "--model": model = URL(filePath: Self.value(rest.next(), of: argument))
            case "--texts": texts = URL(filePath: Self.value(rest.next(), of: argument))
            case "--embed": embed = URL(filePath: Self.value(rest.next(), of: argument))
            case "--tokenize": tokenize = URL(filePath: Self.value(rest.next(), of: argument))
            case "--precision":
                let name = Self.value(rest.next(), of: argument)
                guard let known = EmbeddingPrecision(rawValue: name) else { Self.stop("unknown precision \(name)") }
                precision = known
            case "--count": count = Self.number(rest.next(), of: argument, in: 1...1_000_000)
            case "--threads": threads = Self.number(rest.next(), of: argument, in: 1...256)
            case "--passes": passes = Self.number(rest.next(), of: argument, in: 1...100)
            case "--queries": queries = Self.number(rest.next(), of: argument, in: 1...100_000)
            default: Self.stop("unknown argument \(argument)")
            }
        }
    }

    private static func value(_ text: String?, of option: String) -> String {
        guard let text else { stop("\(option) needs a value") }
        return text
    }

    private static func number(_ text: String?, of option: String, in range: ClosedRange<Int>) -> Int {
        guard let number = Int(value(text, of: option)), range.contains(number) else {
            stop("\(option) must be a number between \(range.lowerBound) and \(range.upperBound)")
        }
        return number
    }

    private static func stop(_ message: String) -> Never {
        let usage = """
            usage: bench-encoder [--model FOLDER] [--precision float32|int8] [--texts FILE.jsonl] [--count N] [--threads N]
                                 [--passes N] [--queries N] [--json]
                   bench-encoder [--model FOLDER] [--precision float32|int8] --texts FILE.jsonl --count N --embed FILE.f32
                   bench-encoder [--model FOLDER] --tokenize FILE.jsonl
            """
        FileHandle.standardError.write(Data("\(message)\n\(usage)\n".utf8))
        exit(2)
    }
}
