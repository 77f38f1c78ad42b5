import Foundation
import JSON

/// Collects measurements; prints each on a line as it is added, or all as JSON at the end.
struct Report {
    struct Rival {
        let name: String
        let value: Double
    }

    let isJSON: Bool
    private var rows: [JSONValue] = []

    init(isJSON: Bool) { self.isJSON = isJSON }

    mutating func add(_ name: String, _ value: Double, _ unit: String, rival: Rival? = nil, _ conditions: String) {
        var row: JSONObject = ["name": .string(name), "value": .number(value), "unit": .string(unit)]
        if let rival {
            row["rival"] = .string(rival.name)
            row["rival_value"] = .number(rival.value)
            row["ratio"] = .number(value / rival.value)
        }
        row["conditions"] = .string(conditions)
        rows.append(.object(row))
        guard !isJSON else { return }
        let ours = "\(Self.digits(value)) \(unit)"
        let theirs = rival.map { "\($0.name) \(Self.digits($0.value)), ratio \(Self.digits(value / $0.value))" } ?? ""
        print(Self.padded(name, 58), Self.padded(ours, 20), Self.padded(theirs, 44), conditions)
    }

    /// Adds p50, p95 and p99, next to the rival's.
    mutating func add(_ name: String, _ times: Times, rival: (name: String, times: Times)? = nil, _ conditions: String) {
        for share in [0.5, 0.95, 0.99] {
            add(
                "\(name), p\(Int(share * 100))", times.percentile(share), "ms",
                rival: rival.map { Rival(name: $0.name, value: $0.times.percentile(share)) }, conditions)
        }
    }

    func finish() { if isJSON { print(JSONValue.array(rows)) } }

    private static func digits(_ value: Double) -> String {
        value.formatted(.number.grouping(.automatic).precision(abs(value) < 100 ? .fractionLength(3) : .fractionLength(0)))
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
