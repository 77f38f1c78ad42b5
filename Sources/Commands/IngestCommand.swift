import ArgumentParser
import Foundation
import Ingest
import JSON
import Retrieval
import Tenancy

struct Ingest: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Ingest files and folders into a tenant.")
    @OptionGroup var options: TenantOptions
    @Argument(help: "Files and folders. A document's id is the file's path relative to the given folder, or its name.") var paths: [String]

    func validate() throws {
        if paths.contains("") { throw ValidationError("a path must not be empty") }
    }

    func run() async throws {
        let summary =
            if let client = try options.server.client() {
                try await ingest(RemoteUploader(client: client))
            } else {
                try await options.withRuntime { runtime, scope -> IngestSummary in
                    let summary = try await ingest(LocalUploader(pipeline: runtime.pipeline, scope: scope))
                    try await runtime.indexes.maintain(in: scope)
                    return summary
                }
            }
        try summary.print(json: options.local.common.json)
        if summary.failed > 0 || summary.processed == 0 { throw ExitCode(1) }
    }

    private func ingest(_ uploader: any Uploader) async throws -> IngestSummary {
        try await IngestRun(files: FileList(paths: paths), uploader: uploader).run()
    }
}
