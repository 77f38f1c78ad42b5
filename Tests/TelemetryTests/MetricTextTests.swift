import Telemetry
import TestSupport
import Testing

/// A strict parser reads back exactly what was written.
@Suite(.timeLimit(.minutes(10))) struct MetricTextTests {
    @Test func theFormatIsAsDocumented() {
        var requests = MetricFamily(.counter, "requests_total", "Requests,\nby \"route\" \\ status.")
        requests.add(3, ["route": "/b", "status": "2xx"])
        requests.add(1, ["route": "/a\"\\\n", "status": "5xx"])
        var durations = MetricFamily(.histogram, "seconds", "Durations.")
        var histogram = Histogram(bounds: [0.5, 2])
        for value in [0.25, 0.5, 1, 7] { histogram.record(value) }
        durations.add(histogram, ["route": "/b"])
        let text = MetricText.write([
            requests, MetricFamily(.gauge, "empty", "Nothing."), durations, MetricFamily(.gauge, "load", "Load.", 0.125),
        ])
        #expect(
            text == """
                # HELP requests_total Requests,\\nby "route" \\\\ status.
                # TYPE requests_total counter
                requests_total{route="/a\\"\\\\\\n",status="5xx"} 1
                requests_total{route="/b",status="2xx"} 3
                # HELP seconds Durations.
                # TYPE seconds histogram
                seconds_bucket{route="/b",le="0.5"} 2
                seconds_bucket{route="/b",le="2"} 3
                seconds_bucket{route="/b",le="+Inf"} 4
                seconds_sum{route="/b"} 8.75
                seconds_count{route="/b"} 4
                # HELP load Load.
                # TYPE load gauge
                load 0.125

                """)
    }

    @Test(arguments: 0..<20 as Range<UInt64>) func whatIsWrittenIsRead(seed: UInt64) throws {
        var rng = SplitMix64(seed: seed)
        let pieces = ["a", "\\", "\"", "\n", "{", "}", ",", "=", " ", "é", "\u{1F41D}", "n", "#"]
        func word() -> String { (0..<Int.random(in: 0...8, using: &rng)).map { _ in pieces.randomElement(using: &rng) ?? "" }.joined() }
        var family = MetricFamily(.gauge, "things", "Help: \(word())")
        var expected: [String: Double] = [:]
        for number in 0..<30 {
            let (label, value) = ("\(number)" + word(), Double.random(in: -1e12...1e12, using: &rng))
            family.add(value, ["label": label])
            expected[label] = value
        }
        var histograms = MetricFamily(.histogram, "spread", "Spread.")
        var histogram = Histogram()
        let values = (0..<200).map { _ in Double.random(in: 0...100, using: &rng) }
        for value in values { histogram.record(value) }
        histograms.add(histogram)
        let read = try PrometheusText(MetricText.write([family, histograms]))
        #expect(read.families["things"]?.help == family.help, "seed \(seed)")
        for (label, value) in expected { #expect(read.value("things", ["label": label]) == value, "seed \(seed)") }
        #expect(read.value("spread_count") == 200)
        for bound in histogram.bounds {
            let le = bound == bound.rounded() ? "\(Int(bound))" : "\(bound)"
            #expect(read.value("spread_bucket", ["le": le]) == Double(values.count { $0 <= bound }), "seed \(seed)")
        }
    }

    @Test(arguments: [
        "a 1", "# TYPE a gauge\na 1\n", "# HELP a x\n# TYPE a gauge\nb 1\n", "# HELP a x\n# TYPE a gauge\na{b=\"1} 1\n",
        "# HELP a x\n# TYPE a gauge\na 1\na 1\n", "# HELP a x\n# TYPE a counter\na 1\n", "# HELP a x\n# TYPE a gauge\na one\n",
        "# HELP a_total x\n# TYPE a_total counter\na_total -1\n", "# HELP a x\n# TYPE a gauge\na{b=\"\\q\"} 1\n",
        "# HELP a x\n# TYPE a gauge\na{b=\"1\",b=\"2\"} 1\n", "# HELP a x\n# TYPE a gauge\na{b=\"1\"} 1\na{c=\"1\"} 1\n",
        "# HELP a x\n# TYPE a histogram\na_bucket{le=\"1\"} 2\na_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 1\n",
        "# HELP a x\n# TYPE a histogram\na_bucket{le=\"1\"} 1\na_sum 1\na_count 1\n", "# HELP a x\n",
    ])
    func theReaderIsStrict(text: String) {
        #expect(throws: PrometheusText.Failure.self) { try PrometheusText(text) }
    }
}
