/// The command-line options of `bench-completions`.
struct Arguments {
    static let usage = """
        usage: bench-completions [--binary .build/release/contextd] [--litellm PATH] [--parts hop,chunks,cache,rate,books]
                                 [--rounds 20] [--requests 10000] [--json]
          --binary    contextd program to measure, on a scratch folder; CONTEXTD_MODEL_DIR names the folder of its embedding model
          --litellm   `litellm` program of an environment with litellm[proxy]; without it no rival is measured
          --parts     what to measure
          --rounds    number of rounds, each of 50 requests to contextd, then 10 to the rival
          --requests  number of requests of the part `books`
          --json      print a list of {name, value, unit, rival?, rival_value?, ratio?, conditions} instead of a table
        """

    static let allParts = ["hop", "chunks", "cache", "rate", "books"]

    var binary = ".build/release/contextd"
    var litellm: String?
    var parts = Set(allParts)
    var rounds = 20
    var requests = 10_000
    var isJSON = false

    /// Returns `nil` if the arguments are invalid.
    init?(_ words: [String]) {
        var rest = words[...]
        while let name = rest.popFirst() {
            if name == "--json" {
                isJSON = true
                continue
            }
            guard let value = rest.popFirst(), set(name, value) else { return nil }
        }
    }

    private mutating func set(_ name: String, _ value: String) -> Bool {
        switch name {
        case "--binary": binary = value
        case "--litellm": litellm = value
        case "--parts": parts = Set(value.split(separator: ",").map(String.init))
        case "--rounds": rounds = Int(value) ?? 0
        case "--requests": requests = Int(value) ?? 0
        default: return false
        }
        return parts.isSubset(of: Self.allParts) && (1...10_000).contains(rounds) && (1...10_000_000).contains(requests)
    }
}
