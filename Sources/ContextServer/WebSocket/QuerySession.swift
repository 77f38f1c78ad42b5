import Completions
import Failure
import JSON
import Logging
import Memory
import NIOCore
import Scheduling
import ServiceLifecycle
import Synchronization
import Tenancy
import WebSockets

/// The session of a client on `/api/mcp/ws`: it authenticates the client, queues its queries and answers them.
///
/// The session ends when the client disconnects, which also cancels all answers in progress at the model.
final class QuerySession: Sendable {
    /// The authenticated client.
    private struct Client: Sendable {
        let connection: WebSocketConnection
        let key: APIKey
        let caller: Caller

        func send(_ message: SocketMessage, of query: SocketQuery) async throws {
            try await connection.send(message.json(id: query.id).buffer)
        }
    }

    private let queries: QueryService
    private let queue: Mutex<QueryQueue<SocketQuery>>
    /// The connection's memory.
    private let memory: MemoryReservation
    private let requestID: String
    private let logger: Logger

    init(queries: QueryService, limits: WebSocketLimits, memory: MemoryReservation, requestID: String, logger: Logger) {
        (self.queries, self.memory, self.requestID, self.logger) = (queries, memory, requestID, logger)
        queue = Mutex(QueryQueue(running: limits.running, waiting: limits.waiting))
    }

    /// Whether a query is being answered.
    var isBusy: Bool { queue.withLock { $0.isBusy } }

    /// Serves the connection, and returns when it has ended.
    func run(on connection: WebSocketConnection) async {
        await withGracefulShutdownHandler {
            await serve(connection)
            // The server's stop timeout has passed, or the client is gone.
            connection.close(.stopping)
            await connection.untilClosed()
        } onGracefulShutdown: {
            self.stop(connection)
        }
    }

    private func serve(_ connection: WebSocketConnection) async {
        await withDiscardingTaskGroup { group in
            var client: Client?
            var watch: KeyWatch.Registration?
            for await message in connection.messages {
                if let client {
                    let query = await SocketQuery(message, memory.another(), of: queries, in: client.caller.scope)
                    await take(query, client, &group)
                } else {
                    client = await authenticate(message, connection)
                    watch = client.map { queries.keys.begin($0.caller) }
                    watch?.signal.whenFired { connection.close(.revoked) }
                }
                connection.looked()
            }
            group.cancelAll()
            withExtendedLifetime(watch) {}
        }
    }

    // MARK: Authentication

    private func authenticate(_ message: ByteBuffer, _ connection: WebSocketConnection) async -> Client? {
        do {
            guard let (key, caller) = try await queries.key(in: message.readableBytesView) else {
                let mustWait = queries.authenticator.noteFailure(on: connection.channel) != nil
                connection.close(mustWait ? .tooManyFailures : .unauthenticated)
                return nil
            }
            guard caller.permissions.contains(.read) else {
                connection.close(.forbidden)
                return nil
            }
            memory.assign(to: MemoryOwner(caller.scope.tenant))
            connection.authenticated()
            queries.authenticator.connections.note(connection.channel, isAuthenticated: true)
            return Client(connection: connection, key: key, caller: caller)
        } catch {
            logger.error("key lookup failed", metadata: ["error": "\(String(reflecting: error).shortened(toBytes: 500))"])
            connection.close(.failed)
            return nil
        }
    }

    // MARK: Queries

    private func take(_ query: SocketQuery, _ client: Client, _ group: inout DiscardingTaskGroup) async {
        switch queue.withLock({ $0.enqueue(query, id: query.name) }) {
        case .start: group.addTask { await self.work(query, client) }
        case .wait: break
        case .refuse(let refusal): await tell(refusal.failure, query, client)
        }
    }

    /// Answers a query, and then the queries that waited for its slot.
    private func work(_ first: SocketQuery, _ client: Client) async {
        var query = first
        while true {
            await answer(query, client)
            guard let next = queue.withLock({ [query] in $0.finish(id: query.name) })?.query else { break }
            query = next
        }
        if queue.withLock({ $0.isStopping && !$0.isBusy }) { client.connection.close(.stopping) }
    }

    private func answer(_ query: SocketQuery, _ client: Client) async {
        let start = ContinuousClock.now
        var code = "ok"
        do {
            try await queries.answer(query, for: client.key) { try await client.send($0, of: query) }
        } catch is QueryService.KeyRefused {
            code = "unauthenticated"
            client.connection.close(.revoked)
        } catch is ChannelError {
            code = "disconnected"
        } catch  where Task.isCancelled {
            code = "disconnected"
        } catch {
            let failure = Failure(error)
            code = failure.code
            report(error, failure)
            await tell(failure, query, client)
        }
        let elapsed = ContinuousClock.now - start
        logger.info("query", metadata: ["code": "\(code)", "ms": "\(elapsed / .milliseconds(1))"])
    }

    private func tell(_ failure: Failure, _ query: SocketQuery, _ client: Client) async {
        try? await client.send(.error(failure, requestID: requestID), of: query)
    }

    private func report(_ error: any Error, _ failure: Failure) {
        if failure.code == "internal" {
            logger.error("internal error", metadata: ["error": "\(String(reflecting: error).shortened(toBytes: 500))"])
        } else if let error = error as? CompletionError {
            logger.warning("query failed", metadata: ["code": "\(error.code.rawValue)", "error": "\(error.detail)"])
        }
    }

    // MARK: Shutdown

    /// Lets the current answers finish and refuses waiting queries; then the connection is closed.
    private func stop(_ connection: WebSocketConnection) {
        let (waited, isBusy) = queue.withLock { ($0.stop(), $0.isBusy) }
        guard isBusy else { return connection.close(.stopping) }
        for (_, query) in waited {
            connection.sendLater(SocketMessage.error(QueryRefusal.stopping.failure, requestID: requestID).json(id: query.id).buffer)
        }
    }
}

typealias QueryRefusal = QueryQueue<SocketQuery>.Refusal

extension QueryRefusal {
    fileprivate var failure: Failure {
        switch self {
        case .full: .overloaded("this connection's query queue is full; wait for an answer before sending more")
        case .idInUse: .invalid("a query with this id is still running or waiting", field: "id")
        case .stopping: .stopping
        }
    }
}

extension JSONValue {
    fileprivate var buffer: ByteBuffer { ByteBuffer(bytes: serialized()) }
}
