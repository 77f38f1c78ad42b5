// Measures the LLM manager: what it adds to a completion and to each chunk of a stream beside a rival's proxy, answers from its cache,
// and whether its books agree with the upstream's. `bench-completions --help` says how.
import Foundation

guard let arguments = Arguments(Array(CommandLine.arguments.dropFirst())) else {
    FileHandle.standardError.write(Data((Arguments.usage + "\n").utf8))
    exit(2)
}
do { try Run(arguments).run() } catch {
    FileHandle.standardError.write(Data("bench-completions: \(error)\n".utf8))
    exit(1)
}
