import Embeddings
import Foundation
import JSON
import Kernels

// bench-encoder [--model FOLDER] [--texts FILE.jsonl] [--count N] [--threads N] [--json]
//
// Prints tokens per second over passages, the median time of a 16-token query, what our matrix kernel and OpenBLAS reach
// on the model's own shapes, and how near the encoder comes to the most that the processor's arithmetic can do. Texts are made of seeded words, 188 tokens on average, or are the `title`
// and `text` of the lines of FILE.jsonl.

let options = BenchmarkOptions(CommandLine.arguments.dropFirst())
let clock = ContinuousClock()
let memoryBefore = ResidentMemory.now()
let loadStart = clock.now
let encoder = try SentenceEncoder(folder: options.model, threads: options.threads)
_ = try await encoder.embed(["the first vector"], purpose: .query)
let loading = loadStart.duration(to: clock.now).seconds
let sizes = try ModelSizes(folder: options.model)
let texts = try options.texts.map { try BenchmarkTexts.read($0, count: options.count) } ?? BenchmarkTexts.made(count: options.count)

var report = Report(
    conditions: "\(encoder.identity.tag), \(options.threads) threads, \(texts.count) texts, BLAS \(blasCoreName())")

_ = try await encoder.embed(Array(texts.prefix(16)), purpose: .passage)  // touches every weight once

var tokens = 0
var operations = 0.0
let encoding = try await clock.measure {
    for start in stride(from: 0, to: texts.count, by: 64) {
        let batch = try await encoder.embed(Array(texts[start..<min(start + 64, texts.count)]), purpose: .passage)
        tokens += batch.tokenCounts.reduce(0, +)
        operations += batch.tokenCounts.reduce(0) { $0 + sizes.operations(tokens: $1) }
    }
}.seconds
let memory = Double(ResidentMemory.now() - memoryBefore)
let weights = try Data(contentsOf: options.model.appending(path: "model.safetensors"), options: .alwaysMapped).count

let tokenizing = clock.measure {
    for text in texts { _ = encoder.tokenizer.encode(text, maxTokens: encoder.identity.maxTokens) }
}.seconds

let query = "which kernel normalises the rows of a matrix after the residual is added"
let queryTokens = encoder.tokenizer.encode(query, maxTokens: 16).count
var times: [Double] = []
for _ in 0..<200 {
    times.append(try await clock.measure { _ = try await encoder.embed([query], purpose: .query) }.seconds)
}
times.sort()

let peak = await MatrixSpeed.peak(threads: options.threads)
report.add("tokens per text, mean", Double(tokens) / Double(texts.count), "tokens")
report.add("encoder throughput", Double(tokens) / encoding, "tokens/s")
report.add("tokenizer throughput, one thread", Double(tokens) / tokenizing, "tokens/s")
report.add("query latency, p50, \(queryTokens) tokens", times[times.count / 2] * 1e3, "ms")
report.add("query latency, p95, \(queryTokens) tokens", times[times.count * 95 / 100] * 1e3, "ms")
report.add("matrix kernel, peak", peak, "GFLOP/s")
for rows in [512, 16] {
    for (maker, name) in [(MatrixSpeed.Maker.own, "our kernel"), (.openBLAS, "OpenBLAS")] {
        let speed = await MatrixSpeed.layer(sizes, rows: rows, maker, threads: options.threads)
        report.add("matrix products of a layer, \(rows) tokens, \(name)", speed, "GFLOP/s")
    }
}
report.add("encoder arithmetic", operations / encoding / 1e9, "GFLOP/s")
report.add("load to first vector", loading * 1e3, "ms")
report.add("resident memory, of the weights file", 100 * memory / Double(weights), "%")
report.add("encoder share of peak", 100 * operations / encoding / 1e9 / peak, "%")
print(options.json ? report.json : report.table)
