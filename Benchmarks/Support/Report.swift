import Foundation

/// One measured value.
struct Measurement: Encodable {
    var name: String
    var value: Double
    var unit: String
    var recall: Double?
    var conditions: String
}

/// Collects measurements; prints each on a line as it is added, or all as JSON at the end.
package struct Report {
    private let json: Bool
    private var measurements: [Measurement] = []

    package init(json: Bool) { self.json = json }

    package mutating func add(_ name: String, _ value: Double, _ unit: String, recall: Double? = nil, _ conditions: String) {
        measurements.append(.init(name: name, value: value, unit: unit, recall: recall, conditions: conditions))
        guard !json else { return }
        let number = value.formatted(.number.grouping(.automatic).precision(.significantDigits(1...4)))
        let quality = recall.map { "recall@10 " + $0.formatted(.number.precision(.fractionLength(4))) } ?? ""
        print(Self.padded(name, 44), Self.padded("\(number) \(unit)", 22), Self.padded(quality, 18), conditions)
    }

    package func finish() throws {
        guard json else { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        print(String(decoding: try encoder.encode(measurements), as: UTF8.self))
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
