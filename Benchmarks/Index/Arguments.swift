import Foundation

/// What the command line asks for.
struct Arguments {
    static let usage = """
        usage: bench-index [--sizes 10000,100000] [--dimension 384] [--seconds 1] [--widths 10,12,14,…]
                           [--shares 50,30,20,10,5,1,0.1] [--vectors FILE.f32] [--parts exact,graph,cold,lexical] [--json]
          --vectors   float32 rows, row-major, to use instead of made-up ones; the last 500 become queries
          --seconds   how long each measurement runs
          --widths    widths of the walk through the graph; a server does not go below 48, nor below twice the rows asked for
          --shares    per cent of the rows that filters let pass
          --parts     what to measure; cold only up to 20,000 rows
          --json      a list of {name, value, unit, recall?, conditions} instead of a table
        """

    var sizes = [10_000, 100_000]
    var dimension = 384
    var seconds = 1.0
    var widths = [10, 12, 13, 14, 15, 16, 18, 20, 22, 24, 28, 32, 40, 48, 64, 96, 128, 192]
    var shares = [50, 30, 20, 10, 5, 1, 0.1]
    var vectors: String?
    var parts: Set<String> = ["exact", "graph", "cold", "lexical"]
    var json = false

    /// `nil` if the arguments make no sense.
    init?(_ words: [String]) {
        var rest = words[...]
        while let name = rest.popFirst() {
            if name == "--json" {
                json = true
                continue
            }
            guard let value = rest.popFirst(), set(name, value) else { return nil }
        }
    }

    private mutating func set(_ name: String, _ value: String) -> Bool {
        switch name {
        case "--sizes": sizes = Self.list(value)
        case "--widths": widths = Self.list(value)
        case "--shares": shares = value.split(separator: ",").map { Double($0) ?? -1 }
        case "--dimension": dimension = Int(value) ?? 0
        case "--seconds": seconds = Double(value) ?? 0
        case "--vectors": vectors = value
        case "--parts":
            let wanted = Set(value.split(separator: ",").map(String.init))
            guard wanted.isSubset(of: parts) else { return false }
            parts = wanted
        default: return false
        }
        return !sizes.isEmpty && !widths.isEmpty && shares.allSatisfy { (0...100).contains($0) } && (1...65_536).contains(dimension)
            && seconds > 0
    }

    private static func list(_ text: String) -> [Int] {
        let numbers = text.split(separator: ",").map { Int($0) ?? 0 }
        return numbers.allSatisfy { $0 > 0 } ? numbers : []
    }
}
