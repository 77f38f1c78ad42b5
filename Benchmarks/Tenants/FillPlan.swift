import Catalog
import Foundation

/// What is to be made.
struct FillPlan {
    static let usage = """
        usage: bench-tenants DATA-DIR [--registered 100000] [--filled 2000] [--chunks 1000] [--large 20] [--large-chunks 10000]
          --registered    tenants in all; those that are not filled hold nothing
          --filled        tenants of --chunks chunks each
          --large         tenants of --large-chunks chunks each, besides
        Prints {"filled": [KEY, …], "large": [KEY, …]}.
        """

    let directory: DataDirectory
    private(set) var registered = 100_000
    private(set) var filled = 2_000
    private(set) var chunks = 1_000
    private(set) var large = 20
    private(set) var largeChunks = 10_000

    /// `nil` if the arguments make no sense.
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
