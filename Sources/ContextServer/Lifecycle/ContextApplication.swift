import Accounting
import Catalog
import Completions
import Embeddings
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Ingest
import Logging
import MCP
import Memory
import NIOCore
import Retrieval
public import Scheduling
import ServiceLifecycle

/// The server: routes, jobs and snapshots in one service group.
public struct ContextApplication: Sendable {
    private let services: ServerServices
    private let configuration: ServerConfiguration
    private let onListening: @Sendable (_ port: Int) -> Void

    /// - Parameter onListening: called once when connections are accepted, with the port.
    public init(
        services: ServerServices, configuration: ServerConfiguration, onListening: @escaping @Sendable (_ port: Int) -> Void
    ) {
        self.services = services
        self.configuration = configuration
        self.onListening = onListening
    }

    /// Serves until the signal fires or the task is cancelled. Then it finishes the requests in progress, and returns unfinished jobs to the
    /// queue. The owner of the services closes them afterwards.
    ///
    /// - Throws: an error if the address cannot be bound, or an allowed origin cannot be parsed.
    public func run(until stop: OneTimeSignal = OneTimeSignal()) async throws {
        _ = try OriginPolicy(allowedOrigins: configuration.allowedOrigins, ownHosts: configuration.allowedHosts)
        let origins = OriginGuard()
        let keys = KeyWatch(catalog: services.catalog, logger: services.logger)
        var settings = ServiceGroupConfiguration(
            // Services stop from the last to the first: requests that are still being answered write usage rows.
            services: [.init(service: BackgroundService(name: "usage") { [services] in await services.usage.run() })]
                + (services.answers.map { [.init(service: AnswerService(cache: $0))] } ?? []) + [
                    .init(service: BackgroundService(name: "jobs") { [services] in try await services.jobs.run() }),
                    .init(service: BackgroundService(name: "keys") { await keys.run() }),
                    .init(service: MaintenanceService(services: services, configuration: configuration)),
                    .init(
                        service: application(origins, keys), successTerminationBehavior: .gracefullyShutdownGroup,
                        failureTerminationBehavior: .cancelGroup),
                ], logger: services.logger)
        settings.maximumGracefulShutdownDuration = .seconds(configuration.stopTimeoutSeconds)
        try await Self.run(ServiceGroup(configuration: settings), until: stop)
    }

    private static func run(_ group: ServiceGroup, until stop: OneTimeSignal) async throws {
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                await stop.wait()
                if !Task.isCancelled { await group.triggerGracefulShutdown() }
            }
            defer { tasks.cancelAll() }
            try await group.run()
        }
    }

    private func application(_ origins: OriginGuard, _ keys: KeyWatch) -> some ApplicationProtocol {
        let memory = MemoryBudget(
            limit: configuration.clientMemoryLimit, share: configuration.tenantMemoryShare,
            timeout: .seconds(configuration.memoryWaitSeconds))
        let admission = Admission(limit: configuration.maximumRequestsInFlight, memory: memory)
        var limits = DeliveryLimits()
        limits.timeout = .seconds(Int64(configuration.unreadTimeoutSeconds))
        let delivery = ConnectionServer.Delivery(limits: limits, memory: memory, closed: admission.unread)
        let connections = Connections(configuration.connections)
        let decoder = HTTP1Channel.Configuration.DecoderConfiguration(
            maxHeaderFieldSize: HeadLimits.listBytes, maxHeaderListSize: HeadLimits.listBytes, maxHeaderFieldCount: HeadLimits.fields)
        // The connection's own handlers end idle connections: see `ConnectionStream`.
        let http = HTTP1Channel.Configuration(httpDecoderConfiguration: decoder)
        return Application(
            router: router(origins, keys, connections, admission),
            server: HTTPServerBuilder { responder in
                ConnectionServer(HTTP1Channel(responder: responder, configuration: http), connections, delivery: delivery)
            },
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port), serverName: nil),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? configuration.port
                if let policy = try? originPolicy(port: port) { origins.set(policy) }
                onListening(port)
            },
            logger: services.logger)
    }

    /// Returns the origin policy. On loopback the host's names are known and others are refused; elsewhere only origins can be checked.
    private func originPolicy(port: Int) throws -> OriginPolicy {
        let isLoopback = ["127.0.0.1", "localhost", "::1"].contains(configuration.host)
        let names = isLoopback ? ["127.0.0.1:\(port)", "localhost:\(port)", "[::1]:\(port)"] + configuration.allowedHosts : []
        return try OriginPolicy(allowedOrigins: configuration.allowedOrigins, ownHosts: names, acceptsLoopback: isLoopback)
    }

    private func router(
        _ origins: OriginGuard, _ keys: KeyWatch, _ connections: Connections, _ admission: Admission
    ) -> Router<ServerContext> {
        let router = Router(context: ServerContext.self)
        let meter = RequestMeter()
        router.add(middleware: CORSMiddleware(origins: origins, covers: MCPRoute.serves))
        router.add(middleware: RequestIDMiddleware(meter: meter, level: configuration.logLevel))
        router.add(middleware: RefusalMiddleware())
        router.add(
            middleware: CodingMiddleware(
                policy: configuration.compression, inflation: configuration.inflation, memory: admission.memory))
        router.add(middleware: TargetMiddleware(origins: origins))
        let parser = BodyParser(limits: configuration.json)
        router.add(
            middleware: AdmissionMiddleware(admission: admission, parser: parser, exempt: HealthRoutes.paths.union([MetricsRoute.path])))
        let authenticator = Authenticator(
            catalog: services.catalog, connections: connections, failures: FailedKeys(perMinute: configuration.failedKeysPerMinute))
        let shares = admission.shares
        let work = TenantWork(
            workers: services.catalog.workers,
            deadline: RequestDeadline(
                limit: configuration.requestTimeoutSeconds > 0 ? .seconds(Int64(configuration.requestTimeoutSeconds)) : nil))
        let endpoints = Endpoints(
            router: router, authenticator: authenticator, shares: shares, keys: keys, work: work,
            idempotency: Idempotency(
                configuration.idempotency, maximumBodyBytes: configuration.maximumDocumentBytes + Upload.framingBytes))
        HealthRoutes(catalog: services.catalog, model: services.embedder.identity).add(to: endpoints)
        let metrics = ServerMetrics(
            services: services, requests: meter, admission: admission,
            connections: ConnectionMetrics(connections: connections, failures: authenticator.failures),
            listedTenants: configuration.listsTenantsInMetrics ? configuration.tenantsInMetrics : nil)
        MetricsRoute(metrics.families).add(to: endpoints)
        ImportRoute(
            pipeline: services.pipeline, catalog: services.catalog, keys: keys, maximumLineBytes: configuration.maximumDocumentBytes,
            maximumBytes: configuration.maximumImportBytes, metadataLimits: configuration.metadata,
            idleSeconds: configuration.connections.idleSeconds
        ).add(to: endpoints)
        DocumentRoutes(
            catalog: services.catalog, jobs: services.jobs,
            upload: Upload(maximumDocumentBytes: configuration.maximumDocumentBytes, metadataLimits: configuration.metadata),
            work: work
        ).add(to: endpoints)
        OriginalRoute(catalog: services.catalog, originals: services.pipeline.originals).add(to: endpoints)
        JobRoutes(jobs: services.jobs, catalog: services.catalog).add(to: endpoints)
        SearchRoute(retriever: services.retriever, work: work, maximumBytes: configuration.maximumRequestBytes).add(to: endpoints)
        IndexRoutes(indexes: services.indexes).add(to: endpoints)
        EmbeddingRoutes(
            embedder: services.embedder, work: work, maximumBytes: configuration.maximumRequestBytes,
            acceptsTokenIDs: configuration.acceptsTokenIDs
        ).add(to: endpoints)
        ModelRoutes(embedder: services.embedder, chat: services.chat).add(to: endpoints)
        AnswerRoutes(service: services.chat, maximumBytes: configuration.maximumRequestBytes).add(to: endpoints)
        WebSocketRoute(
            queries: QueryService(
                chat: services.chat, authenticator: authenticator, keys: keys, shares: shares, admission: admission, parser: parser,
                workers: services.catalog.workers),
            limits: configuration.webSocketLimits, origins: origins
        ).add(to: endpoints)
        MCPRoute(
            server: ContextMCP.server(
                catalog: services.catalog, retriever: services.retriever, parser: parser,
                batchMessages: min(configuration.batchMessages, shares.limit), listing: configuration.resourceListing,
                logger: services.logger),
            authenticator: authenticator, admission: admission, work: work, limits: configuration, origins: origins
        ).add(to: endpoints)
        UsageRoutes(usage: services.usage, catalog: services.catalog).add(to: endpoints)
        endpoints.describe()
        endpoints.completeMethods()
        return router
    }
}

/// Runs the response cache, which makes the answers of coalesced requests.
private struct AnswerService: Service {
    let cache: AnswerCache

    func run() async throws {
        await withGracefulShutdownHandler {
            await cache.run()
        } onGracefulShutdown: {
            cache.stop()
        }
    }
}

/// Work beside the requests, which is cancelled when the server stops: usage rows are written, jobs run, and streams of revoked keys end.
private struct BackgroundService: Service {
    /// The name that logs of the service group print.
    let name: String
    let work: @Sendable () async throws -> Void

    func run() async throws { try await cancelWhenGracefulShutdown(work) }
}

/// Periodic maintenance: snapshots, so that a crash costs little replay, and pruning of old jobs and usage.
private struct MaintenanceService: Service {
    let services: ServerServices
    let configuration: ServerConfiguration

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while true {
                try await Task.sleep(for: .seconds(configuration.snapshotIntervalSeconds))
                await services.indexes.save()
                do {
                    try await services.catalog.pruneJobs(finishedDaysAgo: configuration.jobRetentionDays)
                } catch {
                    services.logger.error("pruning of old jobs failed", metadata: ["error": "\(error)"])
                }
                await pruneUsage()
            }
        }
    }

    private func pruneUsage() async {
        let oldest = Timestamp.now().milliseconds - Int64(configuration.usageRetentionDays) * 86_400_000
        do { try await services.catalog.pruneUsage(before: Timestamp(milliseconds: oldest)) } catch {
            services.logger.error("pruning of old usage records failed", metadata: ["error": "\(error)"])
        }
    }
}
