import Catalog
import Foundation

/// The command-line options of `bench-tenants`: what to create.
struct FillPlan {
    static let usage = """
        usage: bench-tenants DATA-DIR [--registered 100000] [--filled 2000] [--chunks 1000] [--large 20] [--large-chunks 10000]
          --registered    total number of tenants; those that are not filled stay empty
          --filled        number of tenants with --chunks chunks each
          --large         number of additional tenants with --large-chunks chunks each
        Prints {"filled": [KEY, …], "large": [KEY, …]}.
        """

    let directory: DataDirectory
    private(set) var registered = 100_000
    private(set) var filled = 2_000
    private(set) var chunks = 1_000
    private(set) var large = 20
    private(set) var largeChunks = 10_000

    /// Returns `nil` if the arguments are invalid.
    init?(_ words: [String]) {
        guard let path = words.first, words.count % 2 == 1 else { return nil }
        directory = DataDirectory(URL(filePath: path))
        for place in stride(from: 1, to: words.count, by: 2) {
            guard let number = Int(words[place + 1]), (0...10_000_000).contains(number) else { return nil }
            switch words[place] {
            case "--registered": registered = number
            case "--filled": filled = number
            case "--chunks": chunks = number
            case "--large": large = number
            case "--large-chunks": largeChunks = number
            default: return nil
            }
        }
        guard registered >= filled + large, chunks > 0, largeChunks > 0 else { return nil }
    }
}
