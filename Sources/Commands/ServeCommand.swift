import ArgumentParser
import ContextServer
import Extraction
import Ingest
import JSON
import Logging
import Scheduling
import Workers

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Serve HTTP and MCP.")
    @OptionGroup var options: RuntimeOptions
    @Option(help: "Address to listen on (default: $CONTEXTD_LISTEN, else 127.0.0.1:8080; port 0 selects a free port).")
    var listen: String?
    @Option(help: "Catalog URL, sqlite:///PATH (default: $CONTEXTD_CATALOG_URL, else catalog.sqlite in the data directory).")
    var catalogURL: String?
    @Option(help: "Maximum document size, in bytes.") var maxDocumentBytes = ServerConfiguration().maximumDocumentBytes
    @Option(help: "Maximum import size, in bytes.") var maxImportBytes = ServerConfiguration().maximumImportBytes
    @Option(help: "Time for requests to finish after SIGTERM, in seconds.") var stopTimeout = ServerConfiguration().stopTimeoutSeconds
    @Option(help: "Timeout of a read request, in seconds; 0 for none.")
    var requestTimeout = ServerConfiguration().requestTimeoutSeconds
    @Option(help: "Maximum number of concurrent requests.") var maxRequests = ServerConfiguration().maximumRequestsInFlight
    @Option(help: "Web origin that may call /mcp from a browser; may be repeated.") var allowedOrigin: [String] = []
    @Option(help: "Additional Host header, HOST[:PORT], to accept when behind a proxy; may be repeated.") var allowedHost: [String] = []

    func validate() throws {
        guard maxDocumentBytes > 0, maxImportBytes > 0, maxRequests > 0, stopTimeout > 0 else {
            throw ValidationError("--max-document-bytes, --max-import-bytes, --max-requests and --stop-timeout must be greater than 0")
        }
        guard (0...86_400).contains(requestTimeout) else {
            throw ValidationError("--request-timeout must be between 0 and 86400, got \(requestTimeout)")
        }
        _ = try options.common.catalogFile(url: catalogURL)
        _ = try address()
    }

    private func address() throws -> ListenAddress {
        try ListenAddress(listen ?? Console.current.variable("CONTEXTD_LISTEN") ?? "127.0.0.1:8080")
    }

    func run() async throws {
        let descriptors = DescriptorLimit.raise()
        let address = try address()
        let settings = try options.load()
        let logger = options.logging.start()
        let console = Console.current
        let stop = console.stop ?? OneTimeSignal()
        let signals = console.isProcess ? StopSignals(firing: stop, logger: logger) : nil
        var configuration = serverConfiguration(at: address, settings.configuration, logger)
        configuration.connections = try ConnectionSettings.limits(
            settings.configuration, descriptors: descriptors, upstream: settings.upstreamConnections, logger: logger)
        let completions = try CompletionService(settings.completions)
        let json = options.common.json
        try await withCleanup {
            let runtime = try await Runtime(
                directory: options.common.directory, catalogFile: try options.common.catalogFile(url: catalogURL), settings: settings,
                limits: ExtractLimits(maxBytes: maxDocumentBytes, maxTextBytes: maxDocumentBytes), logger: logger)
            if console.isProcess { runtime.extraction.prepare() }
            try await withCleanup {
                let services = ServerServices(
                    catalog: runtime.catalog, embedder: runtime.embedder, indexes: runtime.indexes, retriever: runtime.retriever,
                    pipeline: runtime.pipeline, jobs: JobQueue(pipeline: runtime.pipeline, logger: logger), usage: runtime.usage,
                    models: completions.models, retrieval: completions.retrieval,
                    answers: CacheSettings.cache(settings.configuration), extraction: runtime.extraction, logger: logger)
                let application = ContextApplication(services: services, configuration: configuration) { port in
                    Console.$current.withValue(console) { Self.announce(address, port: port, json: json) }
                }
                try await application.run(until: stop)
            } cleanUp: {
                await runtime.close()
            }
        } cleanUp: {
            await completions.close()
        }
        withExtendedLifetime(signals) {}
    }

    private func serverConfiguration(at address: ListenAddress, _ settings: Configuration, _ logger: Logger) -> ServerConfiguration {
        var configuration = ServerConfiguration()
        (configuration.host, configuration.port) = (address.host, address.port)
        configuration.logLevel = logger.logLevel
        configuration.maximumDocumentBytes = maxDocumentBytes
        configuration.maximumImportBytes = maxImportBytes
        configuration.maximumRequestsInFlight = maxRequests
        configuration.stopTimeoutSeconds = stopTimeout
        configuration.requestTimeoutSeconds = requestTimeout
        configuration.allowedOrigins = allowedOrigin
        configuration.allowedHosts = allowedHost
        ServerSettings.apply(settings, to: &configuration)
        return configuration
    }

    /// Prints where the server listens. The server continues even if this line cannot be written.
    private static func announce(_ address: ListenAddress, port: Int, json: Bool) {
        let url = "http://\(address.hostInURL):\(port)"
        try? json
            ? Output.json(["listening": .string(url), "mcp": .string(url + "/mcp"), "port": .init(port)])
            : Output.line("\(Version.text) serves \(url)  (MCP: \(url)/mcp)")
    }
}

/// A listen address, `HOST:PORT`, with an IPv6 host in brackets.
struct ListenAddress {
    let host: String
    let port: Int

    init(_ text: String) throws {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]), (0...65535).contains(port) else {
            throw ValidationError("the listen address must be HOST:PORT, such as 127.0.0.1:8080")
        }
        var host = String(text[..<colon])
        if host.hasPrefix("[") && host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        self.host = host.isEmpty || host == "*" ? "0.0.0.0" : host
        self.port = port
    }

    var hostInURL: String { host.contains(":") ? "[\(host)]" : host }
}
