import ContextServer
import Testing

/// Which queries run and which wait.
@Suite(.timeLimit(.minutes(10))) struct QueryQueueTests {
    private func arrives(_ queue: inout QueryQueue<String>, _ query: String, _ id: String? = nil) -> String {
        switch queue.enqueue(query, id: id) {
        case .start: "start"
        case .wait: "wait"
        case .refuse(let refusal): "\(refusal)"
        }
    }

    @Test func namedOnesRunTogetherAndOthersInTheirOrder() {
        var queue = QueryQueue<String>(running: 2, waiting: 3)
        #expect(arrives(&queue, "a") == "start" && arrives(&queue, "b") == "wait")
        #expect(arrives(&queue, "c", "1") == "start" && arrives(&queue, "d", "2") == "wait")
        #expect(arrives(&queue, "e", "1") == "idInUse" && arrives(&queue, "e", "2") == "idInUse")
        #expect(arrives(&queue, "f") == "wait" && arrives(&queue, "g", "3") == "full")
        // "b" has to wait for "a"; "d" may overtake it.
        #expect(queue.finish(id: "1")?.query == "d")
        #expect(queue.finish(id: nil)?.query == "b")
        #expect(queue.finish(id: "2") == nil)
        #expect(arrives(&queue, "c", "1") == "start")
        #expect(queue.finish(id: nil)?.query == "f" && queue.finish(id: "1") == nil && queue.isBusy)
        #expect(queue.finish(id: nil) == nil && !queue.isBusy)
    }

    @Test func afterTheStopNothingBegins() {
        var queue = QueryQueue<String>(running: 1, waiting: 3)
        #expect(arrives(&queue, "a", "1") == "start" && arrives(&queue, "b", "2") == "wait")
        #expect(queue.stop().map(\.query) == ["b"])
        #expect(arrives(&queue, "c") == "stopping" && queue.finish(id: "1") == nil && !queue.isBusy && queue.isStopping)
    }
}
