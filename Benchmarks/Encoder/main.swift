import Embeddings
import Foundation
import JSON
import Kernels

// bench-encoder [--model FOLDER] [--precision float32|int8] [--texts FILE.jsonl] [--count N] [--threads N]
//               [--passes N] [--queries N] [--json]
// bench-encoder [--model FOLDER] --tokenize FILE.jsonl
// bench-encoder [--model FOLDER] [--precision float32|int8] --texts FILE.jsonl --count N --embed FILE.f32
//
// Prints tokens per second over passages, the latency of a 16-token query alone and while passages are embedded, the throughput of our
// matrix kernel and of OpenBLAS on the model's own shapes, and the encoder's share of the processor's peak arithmetic throughput. Texts are
// made of seeded words, 188 tokens on average, or are the `title` and `text` of the lines of FILE.jsonl. The conditions of a number that
// other processes affected say DISTURBED.
//
// With --embed, writes the texts' vectors as float32 rows, for the benchmarks of the index.
// With --tokenize, reads JSON strings, one per line, and prints their token ids, one array per line.

let options = BenchmarkOptions(CommandLine.arguments.dropFirst())
if let file = options.tokenize {
    try TokenizedLines.print(file, WordPieceTokenizer(folder: options.model))
    exit(0)
}

if let file = options.embed {
    try await EmbeddedTexts.write(options, to: file)
    exit(0)
}

let memoryBefore = ResidentMemory.now()
let loadStart = ContinuousClock.now
// Without the cache of query vectors, so that each query is computed.
let encoder = try SentenceEncoder(folder: options.model, threads: options.threads, precision: options.precision, queryCacheBytes: 0)
_ = try await encoder.embed(["the first vector"], purpose: .query)
let loading = loadStart.duration(to: .now).seconds
let sizes = try ModelSizes(folder: options.model)
let texts = try options.texts.map { try BenchmarkTexts.read($0, count: options.count) } ?? BenchmarkTexts.made(count: options.count)
guard !texts.isEmpty else {
    FileHandle.standardError.write(Data("bench-encoder: no texts to embed\n".utf8))
    exit(1)
}

var report = Report(
    conditions: "\(encoder.identity.tag), \(options.threads) threads, \(texts.count) texts, BLAS \(OpenBLAS.coreName)")

_ = try await encoder.embed(Array(texts.prefix(16)), purpose: .passage)  // touches every weight once

var passes: [EncodingPass] = []
for _ in 0..<options.passes {
    passes.append(try await EncodingPass(encoder, texts, sizes: sizes, threads: options.threads))
}
passes.sort { $0.tokensPerSecond < $1.tokensPerSecond }
let median = passes[passes.count / 2]
let memory = Double(ResidentMemory.now() - memoryBefore)
let weights = try Data(contentsOf: options.model.appending(path: "model.safetensors"), options: .alwaysMapped).count

let tokenizing = ContinuousClock().measure {
    for text in texts { _ = encoder.tokenizer.encode(text, maxTokens: encoder.identity.maxTokens) }
}.seconds

let queryTokens = encoder.tokenizer.encode(QueryTimes.query, maxTokens: encoder.identity.maxTokens).count
let alone = try await QueryTimes.alone(encoder, runs: 200)
let busy = try await QueryTimes.duringIngest(encoder, texts, runs: options.queries, threads: options.threads)
let batch = median.batchSeconds(threads: options.threads)
let bound = "one batch takes \((batch * 1e3).formatted(.number.precision(.fractionLength(1)))) ms"

func joined(_ notes: String...) -> String { notes.filter { !$0.isEmpty }.joined(separator: ", ") }

let range = "median of \(passes.count) passes, \(Int(passes[0].tokensPerSecond)) to \(Int(passes[passes.count - 1].tokensPerSecond))"
let suffix = options.precision == .float32 ? "" : ", \(options.precision.rawValue)"
report.add("encoder throughput\(suffix)", median.tokensPerSecond, "tokens/s", note: joined(range, median.load.doubt))
report.add("query latency, p50, \(queryTokens) tokens\(suffix)", alone.percentile(0.50) * 1e3, "ms")
report.add("query latency, p95, \(queryTokens) tokens\(suffix)", alone.percentile(0.95) * 1e3, "ms")
report.add("query latency, p50, during ingest\(suffix)", busy.percentile(0.50) * 1e3, "ms", note: joined(bound, busy.load.doubt))
report.add("query latency, p99, during ingest\(suffix)", busy.percentile(0.99) * 1e3, "ms", note: joined(bound, busy.load.doubt))
report.add("batch under way, during ingest\(suffix)", batch * 1e3, "ms", note: median.load.doubt)
report.add("load to first vector\(suffix)", loading * 1e3, "ms")
report.add("resident memory, of the weights file\(suffix)", 100 * memory / Double(weights), "%")
report.add("encoder arithmetic\(suffix)", median.operations / median.seconds / 1e9, "GFLOP/s", note: median.load.doubt)
if options.precision == .float32 {
    report.add("tokens per text, mean", Double(median.tokens) / Double(texts.count), "tokens")
    report.add("tokenizer throughput, one thread", Double(median.tokens) / tokenizing, "tokens/s")
    let peak = await MatrixSpeed.peak(threads: options.threads)
    report.add("matrix kernel, peak", peak, "GFLOP/s")
    for rows in [512, 16] {
        for (maker, name) in [(MatrixSpeed.Maker.own, "our kernel"), (.openBLAS, "OpenBLAS")] {
            let speed = await MatrixSpeed.layer(sizes, rows: rows, maker, threads: options.threads)
            report.add("matrix products of a layer, \(rows) tokens, \(name)", speed, "GFLOP/s")
        }
    }
    let share = median.operations / median.seconds / 1e9 / peak
    report.add("encoder share of peak", 100 * share, "%", note: median.load.doubt)
} else {
    let cosines = try await CosinesToFloat32(encoder, texts, options)
    report.add("cosine to float32, mean\(suffix)", cosines.mean, "cosine")
    report.add("cosine to float32, least\(suffix)", cosines.least, "cosine")
}
print(options.json ? report.json : report.table)
