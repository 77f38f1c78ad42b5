// Measures hybrid search in process, the query's vector given. `bench-hybrid DATA-DIR [CHUNKS]`; the data directory must hold
// English prose, as SciFact and Cranfield after an import by `retrieval_quality.py` or `contextd ingest`.
import Foundation

let arguments = CommandLine.arguments.dropFirst()
guard let folder = arguments.first, let count = Int(arguments.dropFirst().first ?? "100000"), count > 0 else {
    FileHandle.standardError.write(Data("usage: bench-hybrid DATA-DIR [CHUNKS, default 100000]\n".utf8))
    exit(2)
}
let chunks = try await Chunks(dataDirectory: URL(filePath: folder))
guard !chunks.all.isEmpty else {
    FileHandle.standardError.write(Data("bench-hybrid: \(folder) holds no chunks\n".utf8))
    exit(1)
}
try HybridBenchmark(chunks, count: count).run()
