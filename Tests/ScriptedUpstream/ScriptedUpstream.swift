import NIOCore
import NIOPosix
import Synchronization

/// A provider on the loopback interface that responds as a script says, byte for byte, including misbehaviour.
public final class ScriptedUpstream: Sendable {
    /// A step of the response to a request.
    public enum Step: Sendable {
        case send([UInt8])
        /// Sends the same bytes repeatedly until the client closes the connection.
        case endless([UInt8])
        /// Sends nothing until the client closes the connection.
        case stall
        /// Waits until `release` is called with that name.
        case wait(String)
        /// Closes the connection.
        case close
    }

    /// Returns the steps for a request; called in the order in which requests are complete.
    public typealias Script = @Sendable (ScriptedRequest) -> [Step]

    private typealias Connection = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    private struct State {
        var requests: [ScriptedRequest] = []
        var opened = 0
        var closed = 0
        var sentBytes = 0
        var released: Set<String> = []
        var watchers: [Int: AsyncStream<Void>.Continuation] = [:]
        var nextWatcher = 0
    }

    private let script: Script
    private let state = Mutex(State())
    public let port: Int

    private init(port: Int, script: @escaping Script) {
        self.port = port
        self.script = script
    }

    public var base: String { "http://127.0.0.1:\(port)/v1" }
    public var requests: [ScriptedRequest] { state.withLock { $0.requests } }
    /// Number of connections that clients have opened.
    public var opened: Int { state.withLock { $0.opened } }
    public var closed: Int { state.withLock { $0.closed } }
    /// Number of bytes sent, including those in socket buffers.
    public var sentBytes: Int { state.withLock { $0.sentBytes } }

    /// Runs a provider for the duration of `body`.
    public static func serve<Value: Sendable>(
        _ script: @escaping Script, _ body: @escaping @Sendable (ScriptedUpstream) async throws -> Value
    ) async throws -> Value {
        let (connections, accepted) = AsyncStream.makeStream(of: Connection.self)
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let connection = try Connection(
                        wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: false))
                    // A connection that arrives while the provider stops is closed here; dropping it without that would trap.
                    if case .terminated = accepted.yield(connection) { Task { try? await connection.executeThenClose { _, _ in } } }
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let server = ScriptedUpstream(port: listener.localAddress?.port ?? 0, script: script)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await withDiscardingTaskGroup { group in
                    for await connection in connections { group.addTask { await server.handle(connection) } }
                    group.cancelAll()
                }
            }
            let result: Result<Value, any Error>
            do { result = .success(try await body(server)) } catch { result = .failure(error) }
            try? await listener.close()
            accepted.finish()
            try await group.waitForAll()
            return try result.get()
        }
    }

    /// Releases every `.wait(name)`, now and in the future.
    public func release(_ name: String) {
        change { $0.released.insert(name) }
    }

    /// Waits until `count` connections have been closed, by their clients or by the script.
    public func untilClosed(_ count: Int) async { await until { $0.closed >= count } }

    /// Waits until no connection is open.
    public func untilAllClosed() async { await until { $0.closed == $0.opened } }

    /// Waits until `count` requests have been received.
    public func untilRequested(_ count: Int) async { await until { $0.requests.count >= count } }

    private func change(_ body: (inout State) -> Void) {
        let watchers = state.withLock { state in
            body(&state)
            return Array(state.watchers.values)
        }
        for watcher in watchers { watcher.yield() }
    }

    private func until(_ condition: @Sendable (borrowing State) -> Bool) async {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let number = state.withLock { state in
            state.nextWatcher += 1
            state.watchers[state.nextWatcher] = continuation
            return state.nextWatcher
        }
        continuation.yield()
        for await _ in stream where state.withLock({ condition($0) }) { break }
        state.withLock { $0.watchers[number] = nil }
    }

    private func handle(_ connection: Connection) async {
        change { $0.opened += 1 }
        try? await connection.executeThenClose { inbound, outbound in
            var parser = ScriptedRequestParser()
            var input = inbound.makeAsyncIterator()
            while let buffer = try await input.next() {
                parser.append(buffer.readableBytesView)
                while let request = parser.next() {
                    for step in script(remember(request)) {
                        switch step {
                        case .send(let bytes): try await send(bytes, outbound)
                        case .endless(let bytes): while true { try await send(bytes, outbound) }
                        case .close: return
                        case .stall: while try await input.next() != nil {}
                        case .wait(let name): await until { $0.released.contains(name) }
                        }
                    }
                }
            }
        }
        change { $0.closed += 1 }
    }

    private func send(_ bytes: [UInt8], _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>) async throws {
        try await outbound.write(ByteBuffer(bytes: bytes))
        state.withLock { $0.sentBytes += bytes.count }
    }

    /// Records the request and returns it with its number.
    private func remember(_ request: ScriptedRequest) -> ScriptedRequest {
        var request = request
        change { state in
            request.number = state.requests.count
            state.requests.append(request)
        }
        return request
    }
}
