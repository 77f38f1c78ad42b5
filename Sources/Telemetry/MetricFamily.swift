/// A metric with all its samples at one moment.
public struct MetricFamily: Sendable {
    public enum Kind: String, Sendable {
        /// A value that only grows, from 0 at the start of the process.
        case counter
        case gauge
        case histogram
    }

    public typealias Labels = KeyValuePairs<String, String>

    struct Sample: Sendable {
        let labels: Labels
        let value: Value
    }

    enum Value: Sendable {
        case number(Double)
        case histogram(Histogram)
    }

    /// The name by Prometheus conventions: a prefix, the unit, and `_total` for counters.
    public let name: String
    public let help: String
    public let kind: Kind
    private(set) var samples: [Sample] = []

    public init(_ kind: Kind, _ name: String, _ help: String) { (self.kind, self.name, self.help) = (kind, name, help) }

    /// Creates a metric with one sample without labels.
    public init(_ kind: Kind, _ name: String, _ help: String, _ value: Double) {
        self.init(kind, name, help)
        add(value)
    }

    public init(_ kind: Kind, _ name: String, _ help: String, _ value: Int) { self.init(kind, name, help, Double(value)) }

    /// - Parameter labels: the same label names in each sample, and a distinct combination of values.
    public mutating func add(_ value: Double, _ labels: Labels = [:]) { samples.append(Sample(labels: labels, value: .number(value))) }

    public mutating func add(_ value: Int, _ labels: Labels = [:]) { add(Double(value), labels) }

    /// Adds a histogram, unless nothing was recorded in it.
    public mutating func add(_ histogram: Histogram, _ labels: Labels = [:]) {
        guard histogram.count > 0 else { return }
        samples.append(Sample(labels: labels, value: .histogram(histogram)))
    }
}
