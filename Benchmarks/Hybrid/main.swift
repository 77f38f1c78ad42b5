// Measures hybrid search in process, with precomputed query vectors: `bench-hybrid DATA-DIR [--chunks 100000] [--json]`. The data directory
// must hold English prose, for example SciFact after `retrieval_quality.py --keep` or `contextd ingest`.
import BenchSupport
import Foundation

var words = CommandLine.arguments.dropFirst()
let json = words.last == "--json"
if json { words.removeLast() }
let folder = words.popFirst()
let option = words.popFirst() ?? "--chunks"
guard let folder, option == "--chunks", let count = Int(words.popFirst() ?? "100000"), count > 0, words.isEmpty else {
    FileHandle.standardError.write(Data("usage: bench-hybrid DATA-DIR [--chunks 100000] [--json]\n".utf8))
    exit(2)
}
let chunks = try await Chunks(dataDirectory: URL(filePath: folder))
guard !chunks.all.isEmpty, let benchmark = try HybridBenchmark(chunks, count: count) else {
    FileHandle.standardError.write(Data("bench-hybrid: \(folder) holds no chunks, or no sentence to use as a query\n".utf8))
    exit(1)
}
var report = Report(json: json)
try benchmark.run(into: &report)
try report.finish()
