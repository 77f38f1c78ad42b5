import ArgumentParser
import Foundation
import Ingest
import JSON
import Logging
import Retrieval
import Tenancy

struct Ingest: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Ingest files and folders into a tenant.")
    @OptionGroup var common: CommonOptions
    @OptionGroup var model: ModelOptions
    @OptionGroup var settings: ConfigurationOptions
    @OptionGroup var logging: LoggingOptions
    @OptionGroup var server: ServerOptions
    @Argument(help: "Files and folders. A document's id is the file's path relative to the given folder, or its name.") var paths: [String]
    @Option(help: "Tenant id; ignored with --server, where the key determines it.", transform: TenantID.argument) var tenant: TenantID?

    func validate() throws {
        if server.server == nil && tenant == nil { throw ValidationError("--tenant ID is required without --server") }
        if paths.contains("") { throw ValidationError("a path must not be empty") }
    }

    func run() async throws {
        let summary =
            if let client = try server.client() {
                try await IngestRun(files: FileList(paths: paths), uploader: RemoteUploader(client: client)).run()
            } else {
                try await ingestLocally()
            }
        try summary.print(json: common.json)
        if summary.failed > 0 || summary.processed == 0 { throw ExitCode(1) }
    }

    private func ingestLocally() async throws -> IngestSummary {
        guard let tenant else { return IngestSummary() }
        let runtimeSettings = try RuntimeSettings(settings.load(directory: common.directory), model: model)
        let runtime = try await Runtime(
            directory: common.directory, catalogFile: try common.catalogFile(), settings: runtimeSettings,
            logger: logging.start(default: .warning))
        return try await runtime.closing { runtime in
            let scope = try await runtime.scope(of: tenant)
            let uploader = LocalUploader(pipeline: runtime.pipeline, scope: scope)
            let summary = try await IngestRun(files: FileList(paths: paths), uploader: uploader).run()
            try await runtime.indexes.maintain(in: scope)
            return summary
        }
    }
}
