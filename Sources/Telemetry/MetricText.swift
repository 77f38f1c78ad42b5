/// The writer of Prometheus' text format, version 0.0.4.
///
/// - Source: prometheus.io/docs/instrumenting/exposition_formats
public enum MetricText {
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// - Parameter families: metrics with distinct names. Those without samples are omitted; samples are ordered by their labels.
    public static func write(_ families: [MetricFamily]) -> String {
        var text = ""
        for family in families where !family.samples.isEmpty {
            text += "# HELP \(family.name) \(escaped(family.help, quotes: false))\n# TYPE \(family.name) \(family.kind.rawValue)\n"
            let samples = family.samples.map { (labels: written($0.labels), value: $0.value) }.sorted { $0.labels < $1.labels }
            for sample in samples { write(sample.value, family.name, sample.labels, into: &text) }
        }
        return text
    }

    private static func write(_ value: MetricFamily.Value, _ name: String, _ labels: String, into text: inout String) {
        switch value {
        case .number(let number): text += "\(name)\(braced(labels)) \(written(number))\n"
        case .histogram(let histogram):
            var below = 0
            for (place, count) in histogram.counts.enumerated() {
                below += count
                let bound = place < histogram.bounds.count ? written(histogram.bounds[place]) : "+Inf"
                let le = "le=\"\(bound)\""
                text += "\(name)_bucket{\(labels.isEmpty ? le : "\(labels),\(le)")} \(below)\n"
            }
            text += "\(name)_sum\(braced(labels)) \(written(histogram.sum))\n\(name)_count\(braced(labels)) \(below)\n"
        }
    }

    private static func braced(_ labels: String) -> String { labels.isEmpty ? "" : "{\(labels)}" }

    private static func written(_ labels: MetricFamily.Labels) -> String {
        labels.map { "\($0.key)=\"\(escaped($0.value, quotes: true))\"" }.joined(separator: ",")
    }

    private static func written(_ number: Double) -> String {
        if number.isNaN { return "NaN" }
        if number.isInfinite { return number < 0 ? "-Inf" : "+Inf" }
        // Integers below 2⁵³ are exact.
        return number.rounded() == number && abs(number) < 0x1p53 ? "\(Int64(number))" : "\(number)"
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}
