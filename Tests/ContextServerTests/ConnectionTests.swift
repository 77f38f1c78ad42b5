import ContextServer
import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOPosix
import Synchronization
import TestSupport
import Testing

/// On which threads requests run, and how long a body may take.
@Suite(.timeLimit(.minutes(10))) struct ConnectionTests {
    private let loop = MultiThreadedEventLoopGroup.singleton.next()

    /// More tasks than the loop executes in one iteration.
    @Test func tasksOfALoopRunOnItAndAllOfThemDo() async {
        let places = await withTaskExecutorPreference(EventLoopExecutor.of(loop)) {
            await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<2_000 {
                    group.addTask {
                        await Task.yield()
                        return loop.inEventLoop
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
        }
        #expect(places.count == 2_000 && places.allSatisfy { $0 })
    }

    /// A task that never ends lets the event loop process other work from time to time.
    @Test(.timeLimit(.minutes(10))) func aBusyTaskLeavesTheLoopToOthers() async throws {
        let isDone = Mutex(false)
        try await withTaskExecutorPreference(EventLoopExecutor.of(loop)) {
            loop.execute { isDone.withLock { $0 = true } }
            try await waitUntil { isDone.withLock { $0 } }
        }
        #expect(isDone.withLock { $0 })
    }

    @Test func requestsThatMayBeLargeAreToldByTheirHeaders() {
        let small = HTTPFields.smallBody
        #expect(!HTTPFields().mayBringLargeBody)
        for length in ["0", "\(small)"] { #expect(!([.contentLength: length] as HTTPFields).mayBringLargeBody, "\(length)") }
        for length in ["\(small + 1)", "99999999999999999999", "many"] {
            #expect(([.contentLength: length] as HTTPFields).mayBringLargeBody, "\(length)")
        }
        #expect(([.transferEncoding: "chunked"] as HTTPFields).mayBringLargeBody)
    }

    private final class Errors: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        var caught: [any Error] = []

        func errorCaught(context: ChannelHandlerContext, error: any Error) { caught.append(error) }
    }

    /// Deadlines that are not reached leave one timer, whatever their number.
    @Test func deadlinesOfAConnectionPassOnceAndInTheirTime() throws {
        let end = ConnectionEnd()
        let channel = EmbeddedChannel(handler: end)
        let passed = Mutex<[Int]>([])
        for number in 0..<100 {
            let id = end.addDeadline(in: .seconds(10)) { passed.withLock { $0.append(-number) } }
            end.removeDeadline(id)
        }
        _ = end.addDeadline(in: .seconds(20)) { passed.withLock { $0.append(20) } }
        _ = end.addDeadline(in: .seconds(5)) { passed.withLock { $0.append(5) } }
        channel.embeddedEventLoop.advanceTime(by: .seconds(5))
        #expect(passed.withLock { $0 } == [5])
        channel.embeddedEventLoop.advanceTime(by: .seconds(14))
        #expect(passed.withLock { $0 } == [5])
        _ = end.addDeadline(in: .seconds(30)) { passed.withLock { $0.append(30) } }
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(passed.withLock { $0 } == [5, 20])
        _ = try channel.finish()
        channel.embeddedEventLoop.advanceTime(by: .seconds(60))
        #expect(passed.withLock { $0 } == [5, 20])
    }

    @Test func aBodyThatTakesTooLongEndsInAnErrorUnlessItHasArrived() throws {
        for arrives in [false, true] {
            let errors = Errors()
            let channel = EmbeddedChannel(handler: errors)
            let deadline = BodyDeadline(on: channel)
            channel.embeddedEventLoop.advanceTime(by: BodyDeadline.limit - .nanoseconds(1))
            #expect(errors.caught.isEmpty)
            if arrives { deadline.cancel() }
            channel.embeddedEventLoop.advanceTime(by: .nanoseconds(1))
            #expect(errors.caught.count == (arrives ? 0 : 1))
            _ = try channel.finish()
        }
    }
}
