// Measures the index: queries per second with recall@10, build time, memory, BM25. See `bench-index --help`.
import BenchSupport
import Foundation

guard let arguments = Arguments(Array(CommandLine.arguments.dropFirst())) else {
    FileHandle.standardError.write(Data((Arguments.usage + "\n").utf8))
    exit(2)
}

let largest = arguments.sizes.max() ?? 0
let data: Dataset
if let path = arguments.vectors {
    guard let file = Dataset.file(path, dimension: arguments.dimension) else {
        FileHandle.standardError.write(Data("bench-index: \(path) is not a file of float32 rows, or is too short\n".utf8))
        exit(1)
    }
    data = file
} else {
    data = .synthetic(largest, dimension: arguments.dimension)
}

var report = Report(json: arguments.json)
for size in arguments.sizes {
    let part = data.prefix(size)
    if !arguments.parts.isDisjoint(with: ["exact", "graph"]) { try DenseBenchmark(part, arguments).run(into: &report) }
    if arguments.parts.contains("cold"), size <= 20_000 { try ColdBenchmark(data: part, openings: 200).run(into: &report) }
    if arguments.parts.contains("lexical") {
        try LexicalBenchmark(count: size, seconds: arguments.seconds).run(into: &report)
    }
}
try report.finish()
