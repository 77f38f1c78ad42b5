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
    @OptionGroup var logging: LoggingOptions
    @OptionGroup var server: ServerOptions
    @Argument(help: "Files and folders. A file's id is its path below the folder named, or its name.") var paths: [String]
    @Option(help: "The tenant; not needed with --server, where the key says it.", transform: TenantID.argument) var tenant: TenantID?

    func validate() throws {
        if server.server == nil && tenant == nil { throw ValidationError("--tenant ID is missing") }
    }

    func run() async throws {
        let files = try FileList(paths: paths)
        let summary =
            if let client = try server.client() {
                try await IngestRun(files: files, uploader: RemoteUploader(client: client)).run()
            } else {
                try await ingestLocally(files)
            }
        summary.print(json: common.json)
        if summary.failed > 0 || summary.processed == 0 { throw ExitCode(1) }
    }

    private func ingestLocally(_ files: FileList) async throws -> IngestSummary {
        guard let tenant else { return IngestSummary() }
        let runtime = try await Runtime(
            directory: common.directory, catalogFile: try common.catalogFile(), model: model.folder, logger: logging.start(default: .warning))
        let scope = try await runtime.scope(of: tenant)
        let summary = try await IngestRun(files: files, uploader: LocalUploader(pipeline: runtime.pipeline, scope: scope)).run()
        _ = try await runtime.collections.current(in: scope)
        await runtime.collections.save()
        withExtendedLifetime(runtime.lock) {}
        return summary
    }
}
