// Measures the LLM manager: the latency it adds to a completion and to each chunk of a stream, compared with a rival's proxy, the latency
// of cache hits, and whether its usage records match the upstream's. See `bench-completions --help`.
import Foundation

guard let arguments = Arguments(Array(CommandLine.arguments.dropFirst())) else {
    FileHandle.standardError.write(Data((Arguments.usage + "\n").utf8))
    exit(2)
}
do { try Run(arguments).run() } catch {
    FileHandle.standardError.write(Data("bench-completions: \(error)\n".utf8))
    exit(1)
}
