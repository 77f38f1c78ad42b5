import ArgumentParser
import ContextServer
import Foundation
import Logging
import MCP
import Retrieval
import Tenancy

struct ServeMCP: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mcp", abstract: "Serve MCP over standard input and output.")
    @OptionGroup var common: CommonOptions
    @OptionGroup var model: ModelOptions
    @OptionGroup var settings: ConfigurationOptions
    @OptionGroup var logging: LoggingOptions
    @OptionGroup var server: ServerOptions
    @Option(help: "Tenant id; ignored with --server, where the key determines it.", transform: TenantID.argument) var tenant: TenantID?

    func validate() throws {
        if server.server == nil && tenant == nil { throw ValidationError("--tenant ID is required without --server") }
    }

    func run() async throws {
        let write: @Sendable ([UInt8]) async throws -> Void = { try FileHandle.standardOutput.write(contentsOf: Data($0)) }
        if let client = try server.client() {
            return try await MCPBridge(client: client).run(lines: StandardInputLines(), write: write)
        }
        guard let tenant else { return }
        let logger = logging.start(default: .warning)
        let runtimeSettings = try RuntimeSettings(settings.load(directory: common.directory), model: model)
        let runtime = try await Runtime(
            directory: common.directory, catalogFile: try common.catalogFile(), settings: runtimeSettings, logger: logger)
        try await runtime.closing { runtime in
            let caller = Caller(localOperatorOf: try await runtime.scope(of: tenant))
            let protocolServer = ContextMCP.server(catalog: runtime.catalog, retriever: runtime.retriever, logger: logger)
            try await MCPStdioSession(server: protocolServer, principal: MCPCaller(caller)).run(lines: StandardInputLines(), write: write)
        }
    }
}
