import Foundation
import JSON

/// The measurements of one run, printed as a table or as JSON.
struct Report {
    let conditions: String
    private var rows: [(name: String, value: Double, unit: String, note: String)] = []

    init(conditions: String) { self.conditions = conditions }

    /// - Parameter note: a condition that applies to this number only.
    mutating func add(_ name: String, _ value: Double, _ unit: String, note: String = "") { rows.append((name, value, unit, note)) }

    var table: String {
        let width = rows.map(\.name.count).max() ?? 0
        let lines = rows.map { row in
            let digits = row.unit == "cosine" ? 5 : row.value < 100 ? 2 : 0
            let value = row.value.formatted(.number.precision(.fractionLength(digits)))
            let note = row.note.isEmpty ? "" : "  (\(row.note))"
            return row.name.padding(toLength: width + 2, withPad: " ", startingAt: 0) + value + " " + row.unit + note
        }
        return ([conditions] + lines).joined(separator: "\n")
    }

    /// `[{name, value, unit, conditions}]`
    var json: String {
        let entries = rows.map { row in
            JSONValue.object([
                "name": .string(row.name), "value": .number(row.value), "unit": .string(row.unit),
                "conditions": .string(row.note.isEmpty ? conditions : "\(row.note); \(conditions)"),
            ])
        }
        return String(decoding: JSONValue.array(entries).serialized(), as: UTF8.self)
    }
}
