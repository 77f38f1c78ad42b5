import Foundation

/// The command-line options of `bench-index`.
struct Arguments {
    static let usage = """
        usage: bench-index [--sizes 10000,100000] [--dimension 384] [--seconds 1] [--widths 10,12,14,…]
                           [--shares 90,70,50,30,20,10,5,2,1,0.5,0.1] [--vectors FILE.f32] [--parts exact,graph,cold,lexical] [--json]
          --vectors   file of float32 rows, row-major, to use instead of synthetic ones; the last 500 become queries
          --seconds   duration of each measurement
          --widths    values of `ef` in graph search; a server uses at least 48, and at least twice the number of results
          --shares    percentages of the rows that pass the filters
          --parts     what to measure; cold is limited to 20,000 rows
          --json      print a list of {name, value, unit, recall?, conditions} instead of a table
        """

    var sizes = [10_000, 100_000]
    var dimension = 384
    var seconds = 1.0
    var widths = [10, 12, 13, 14, 15, 16, 18, 20, 22, 24, 28, 32, 40, 48, 64, 96, 128, 192]
    var shares = [90, 70, 50, 30, 20, 10, 5, 2, 1, 0.5, 0.1]
    var vectors: String?
    var parts: Set<String> = ["exact", "graph", "cold", "lexical"]
    var json = false

    /// Returns `nil` if the arguments are invalid.
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
