import Accounting
import Catalog
import Completions
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Ingest
import Logging
import MCP
import NIOCore
import Retrieval
import ServiceLifecycle
public import UnixSignals

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

    /// Serves until SIGTERM or SIGINT, or until the task is cancelled: then finishes what is being answered, puts back
    /// unfinished jobs and writes the indexes' snapshots.
    ///
    /// - Throws: where the address cannot be taken, or an allowed origin cannot be read.
    public func run(gracefulShutdownSignals: [UnixSignal] = [.sigterm, .sigint]) async throws {
        _ = try OriginPolicy(allowedOrigins: configuration.allowedOrigins, ownHosts: configuration.allowedHosts)
        let origins = OriginGuard()
        var settings = ServiceGroupConfiguration(
            // Stopped from the last to the first: what is still answered leaves rows of usage.
            services: [.init(service: UsageService(usage: services.usage))]
                + (services.answers.map { [.init(service: AnswerService(cache: $0))] } ?? []) + [
                    .init(service: JobService(jobs: services.jobs)),
                    .init(service: UpkeepService(services: services, configuration: configuration)),
                    .init(
                        service: application(origins), successTerminationBehavior: .gracefullyShutdownGroup,
                        failureTerminationBehavior: .cancelGroup),
                ], gracefulShutdownSignals: gracefulShutdownSignals, logger: services.logger)
        settings.maximumGracefulShutdownDuration = .seconds(configuration.stopTimeoutSeconds)
        do {
            try await ServiceGroup(configuration: settings).run()
        } catch {
            await services.usage.stop()
            await services.collections.stop()
            throw error
        }
        await services.usage.stop()
        await services.collections.stop()
    }

    private func application(_ origins: OriginGuard) -> some ApplicationProtocol {
        Application(
            router: router(origins),
            server: .onEventLoops(.init(idleTimeout: .seconds(Int64(configuration.idleTimeoutSeconds)))),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port), serverName: nil,
                availableConnectionsDelegate: MaximumAvailableConnections(configuration.maximumConnections)),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? configuration.port
                if let policy = try? originPolicy(port: port) { origins.set(policy) }
                onListening(port)
            },
            logger: services.logger)
    }

    /// On loopback the names of the host are known and others are refused; elsewhere only origins can be checked.
    private func originPolicy(port: Int) throws -> OriginPolicy {
        let isLoopback = ["127.0.0.1", "localhost", "::1"].contains(configuration.host)
        let names = isLoopback ? ["127.0.0.1:\(port)", "localhost:\(port)", "[::1]:\(port)"] + configuration.allowedHosts : []
        return try OriginPolicy(allowedOrigins: configuration.allowedOrigins, ownHosts: names)
    }

    private func router(_ origins: OriginGuard) -> Router<ServerContext> {
        let router = Router(context: ServerContext.self)
        let openAIPaths = EmbeddingRoutes.paths.union(ChatRoute.paths).union(TextCompletionRoute.paths)
        let meter = RequestMeter()
        router.add(middleware: RequestIDMiddleware(openAIPaths: openAIPaths, meter: meter, level: configuration.logLevel))
        let admission = Admission(limit: configuration.maximumRequestsInFlight, bodyBytes: configuration.maximumBodyBytesInFlight)
        router.add(middleware: AdmissionMiddleware(admission: admission))
        router.add(middleware: LargeRequestMiddleware())
        let authenticator = Authenticator(catalog: services.catalog)
        let shares = admission.shares
        let endpoints = Endpoints(router: router, authenticator: authenticator, shares: shares)
        HealthRoutes(services: services).add(to: endpoints)
        OpenAPIRoute().add(to: endpoints)
        MetricsRoute(services: services, requests: meter, admission: admission, listsTenants: configuration.listsTenantsInMetrics)
            .add(to: endpoints)
        ImportRoute(services: services, limits: configuration).add(to: endpoints)
        DocumentRoutes(services: services, limits: configuration).add(to: endpoints)
        JobRoutes(services: services).add(to: endpoints)
        SearchRoute(services: services, limits: configuration).add(to: endpoints)
        IndexRoutes(services: services).add(to: endpoints)
        EmbeddingRoutes(services: services, limits: configuration).add(to: endpoints)
        ChatRoute(service: services.chat, limits: configuration).add(to: endpoints)
        TextCompletionRoute(service: services.chat, limits: configuration).add(to: endpoints)
        AliasRoutes(service: services.chat, limits: configuration).add(to: endpoints)
        WebSocketRoute(
            queries: QueryService(chat: services.chat, authenticator: authenticator, shares: shares, admission: admission),
            limits: configuration.webSocketLimits, origins: origins
        ).add(to: endpoints)
        MCPRoute(
            server: ContextMCP.server(catalog: services.catalog, retriever: services.retriever, logger: services.logger),
            authenticator: authenticator, shares: shares, limits: configuration, origins: origins
        ).add(to: endpoints)
        UsageRoutes(usage: services.usage, catalog: services.catalog).add(to: endpoints)
        endpoints.refuseOtherMethods()
        return router
    }
}

/// Makes the answers that several may read.
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

/// Works off the job queue for as long as the server runs.
private struct JobService: Service {
    let jobs: JobQueue

    func run() async throws {
        try await cancelWhenGracefulShutdown { try await jobs.run() }
    }
}

/// Writes rows of usage for as long as the server runs.
private struct UsageService: Service {
    let usage: UsageLedger

    func run() async throws {
        await cancelWhenGracefulShutdown { await usage.run() }
    }
}

/// What has to be done now and then: snapshots, so that a crash costs little replay, and forgetting old jobs and usage.
private struct UpkeepService: Service {
    let services: ServerServices
    let configuration: ServerConfiguration

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while true {
                try await Task.sleep(for: .seconds(configuration.snapshotIntervalSeconds))
                await services.collections.save()
                do {
                    try await services.catalog.pruneJobs(finishedDaysAgo: configuration.jobRetentionDays)
                } catch {
                    services.logger.error("old jobs could not be pruned", metadata: ["error": "\(error)"])
                }
                await pruneUsage()
            }
        }
    }

    private func pruneUsage() async {
        let oldest = Timestamp.now().milliseconds - Int64(configuration.usageRetentionDays) * 86_400_000
        do { try await services.catalog.pruneUsage(before: Timestamp(milliseconds: oldest)) } catch {
            services.logger.error("old rows of usage could not be pruned", metadata: ["error": "\(error)"])
        }
    }
}
