import ArgumentParser
import ContextServer
import Foundation
import MCP
import Retrieval
import Tenancy

struct ServeMCP: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mcp", abstract: "Serve MCP over standard input and output.")
    @OptionGroup var options: TenantOptions

    func run() async throws {
        let write: @Sendable ([UInt8]) async throws -> Void = { try FileHandle.standardOutput.write(contentsOf: Data($0)) }
        if let client = try options.server.client() {
            return try await MCPBridge(client: client).run(lines: MCPStandardInput(), write: write)
        }
        let settings = try options.local.load()
        try await options.withRuntime(settings) { runtime, scope in
            let caller = Caller(localOperatorOf: scope)
            let protocolServer = ContextMCP.server(
                catalog: runtime.catalog, retriever: runtime.retriever, listing: ServerSettings.resourceListing(settings.configuration),
                logger: runtime.logger)
            try await MCPStdioSession(server: protocolServer, principal: MCPCaller(caller)).run(lines: MCPStandardInput(), write: write)
        }
    }
}
