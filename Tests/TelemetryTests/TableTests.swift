import Telemetry
import Testing

/// A table that many tasks update concurrently.
@Suite(.timeLimit(.minutes(10))) struct TableTests {
    @Test func nothingIsLost() async {
        let (counts, durations) = (CountTable(["a", "unused"]), DurationTable<String>())
        await withTaskGroup { group in
            for task in 0..<8 {
                group.addTask {
                    for number in 0..<1000 {
                        counts.add(number % 3, to: task % 2 == 0 ? "a" : "b")
                        durations.record(.milliseconds(number % 2 == 0 ? 4 : 40), for: "a")
                    }
                }
            }
        }
        #expect(counts.current == ["a": 4 * 999, "b": 4 * 999, "unused": 0])
        let histogram = durations.current["a"]
        #expect(histogram?.count == 8000 && abs((histogram?.sum ?? 0) - 4000 * 0.044) < 1e-6)
        let place = Histogram.secondsBounds.firstIndex(of: 0.005)
        #expect(place.flatMap { histogram?.counts[$0] } == 4000)
    }

    @Test func whatIsNoCountChangesNothing() {
        let counts = CountTable<Int>()
        counts.add(-5, to: 1)
        counts.add(.max, to: 1)
        counts.add(.max, to: 1)
        #expect(counts.current == [1: .max])
        var histogram = Histogram(bounds: [1])
        for value in [Double.nan, .infinity, -.infinity] { histogram.record(value) }
        histogram.record(.seconds(-3))
        #expect(histogram.counts == [1, 0] && histogram.sum == 0)
    }
}
