import Embeddings
import TestSupport
import Testing

/// Queue limits, in total and per caller.
@Suite(.timeLimit(.minutes(10))) struct QueueRoomTests {
    private static func queue(waiting: Int, urgent: Int) -> EncodeQueue {
        EncodeQueue(limits: EncodeQueueTests.limits(batch: 64, waiting: waiting, urgent: urgent), workers: 1)
    }

    /// Sends requests of 64 tokens until one is rejected.
    ///
    /// - Returns: the number of accepted requests.
    private static func fill(_ queue: inout EncodeQueue, _ caller: Int, from id: UInt64, _ purpose: EmbeddingPurpose) -> Int {
        var taken = 0
        while queue.arrive(id + UInt64(taken), lengths: [64], purpose: purpose, caller: EmbeddingCaller("\(caller)")) == .accepted {
            taken += 1
            guard taken < 10_000 else { break }
        }
        return taken
    }

    @Test(arguments: [EmbeddingPurpose.passage, .query]) func eachNewCallerGetsHalfOfTheRemainingRoom(purpose: EmbeddingPurpose) {
        var queue = Self.queue(waiting: 64 * 128, urgent: 64 * 128)
        let shares = (0..<7).map { Self.fill(&queue, $0, from: UInt64($0) * 10_000, purpose) }
        #expect(shares == [64, 32, 16, 8, 4, 2, 1])
        // The first caller, which has its whole share, gets nothing more.
        #expect(queue.arrive(99_999, lengths: [64], purpose: purpose, caller: EmbeddingCaller("0")) == .full)
    }

    @Test func passagesTakeNoRoomFromQueries() {
        var queue = Self.queue(waiting: 6400, urgent: 640)
        #expect(Self.fill(&queue, 0, from: 0, .passage) == 50)
        #expect(Self.fill(&queue, 0, from: 10_000, .query) == 5)
        #expect(queue.arrive(20_000, lengths: [64], purpose: .query, caller: EmbeddingCaller("1")) == .accepted)
        #expect(queue.arrive(20_001, lengths: [64], purpose: .passage, caller: EmbeddingCaller("1")) == .accepted)
    }

    @Test func startedAndRemovedRequestsFreeRoom() {
        var queue = Self.queue(waiting: 640, urgent: 640)
        #expect(Self.fill(&queue, 0, from: 0, .passage) == 5)
        #expect(queue.nextBatch().count == 1)
        #expect(Self.fill(&queue, 0, from: 100, .passage) == 1)
        queue.remove(3)
        queue.remove(3)
        queue.remove(77)
        #expect(Self.fill(&queue, 0, from: 200, .passage) == 1)
    }

    @Test func anEmptyQueueAcceptsAnyRequest() {
        var queue = Self.queue(waiting: 100, urgent: 100)
        #expect(queue.arrive(1, lengths: [300, 300], purpose: .passage, caller: EncodeQueueTests.a) == .accepted)
        #expect(queue.arrive(2, lengths: [1], purpose: .passage, caller: EncodeQueueTests.b) == .full)
        #expect(queue.arrive(3, lengths: [300], purpose: .query, caller: EncodeQueueTests.a) == .accepted)
        #expect(queue.arrive(4, lengths: [1], purpose: .query, caller: EncodeQueueTests.b) == .full)
    }

    /// A sequence of two tokens needs as much memory for its vector as any other.
    @Test func shortSequencesHaveAMinimumCost() {
        var queue = Self.queue(waiting: 3200, urgent: 0)
        #expect(queue.arrive(1, lengths: [2], purpose: .passage, caller: EncodeQueueTests.a) == .accepted)
        #expect(queue.arrive(2, lengths: [Int](repeating: 2, count: 49), purpose: .passage, caller: EncodeQueueTests.a) == .accepted)
        #expect(queue.arrive(3, lengths: [2], purpose: .passage, caller: EncodeQueueTests.a) == .full)
    }

    /// By default, half of the queue has room for one request of the maximum size.
    @Test func largestRequestFitsIntoHalfOfTheQueue() {
        var queue = EncodeQueue(workers: 2)
        _ = queue.arrive(1, lengths: [2], purpose: .passage, caller: EncodeQueueTests.a)
        let largest = [Int](repeating: 511, count: SentenceEncoder.maxTextsPerRequest)
        #expect(queue.arrive(2, lengths: largest, purpose: .passage, caller: EncodeQueueTests.b) == .accepted)
        #expect(queue.arrive(3, lengths: [512], purpose: .passage, caller: EncodeQueueTests.a) == .accepted)
    }
}
