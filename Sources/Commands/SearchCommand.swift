public import ArgumentParser
import ContextServer
import Foundation
import JSON
import Logging
public import Retrieval
import Tenancy

struct Search: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Search a tenant's documents.")
    @OptionGroup var common: CommonOptions
    @OptionGroup var model: ModelOptions
    @OptionGroup var settings: ConfigurationOptions
    @OptionGroup var logging: LoggingOptions
    @OptionGroup var server: ServerOptions
    @Argument(help: "Search query.") var query: String
    @Option(help: "Tenant id; ignored with --server, where the key determines it.", transform: TenantID.argument) var tenant: TenantID?
    @Option(help: "Maximum number of results, 1 to 100.") var limit = 10
    @Option(help: "Search mode: hybrid, dense or lexical.") var mode = SearchMode.hybrid

    func validate() throws {
        if server.server == nil && tenant == nil { throw ValidationError("--tenant ID is required without --server") }
        if !(1...SearchRequest.maximumLimit).contains(limit) { throw ValidationError("--limit must be between 1 and 100, got \(limit)") }
    }

    func run() async throws {
        let results = try await find()
        if common.json {
            try Output.json(["results": .array(results)])
        } else if results.isEmpty {
            try Output.line("no results")
        } else {
            for (place, result) in results.enumerated() { try Output.line(Self.text(place + 1, result)) }
        }
    }

    private func find() async throws -> [JSONValue] {
        if let client = try server.client() {
            return try await client.search(query, limit: limit, mode: mode.rawValue)
        }
        guard let tenant else { return [] }
        let runtimeSettings = try RuntimeSettings(settings.load(directory: common.directory), model: model)
        let runtime = try await Runtime(
            directory: common.directory, catalogFile: try common.catalogFile(), settings: runtimeSettings,
            logger: logging.start(default: .warning))
        return try await runtime.closing { runtime in
            let scope = try await runtime.scope(of: tenant)
            let results = try await runtime.retriever.search(SearchRequest(query: query, limit: limit, mode: mode), in: scope)
            return results.map { $0.json(explains: false) }
        }
    }

    /// Formats a result: number, title, headings, id, span and score on one line, and the start of the passage below.
    private static func text(_ number: Int, _ result: JSONValue) -> String {
        let id = result["document_id"]?.stringValue ?? ""
        let headings = (result["headings"]?.arrayValue ?? []).compactMap(\.stringValue).joined(separator: " › ")
        let span = "\(result["span"]?["start"]?.intValue ?? 0)–\(result["span"]?["end"]?.intValue ?? 0)"
        let score = (result["score"]?.doubleValue ?? 0).formatted(.number.precision(.fractionLength(3)))
        let title = result["title"]?.stringValue ?? id
        let passage = (result["text"]?.stringValue ?? "").split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let shown = passage.count > 300 ? passage.prefix(299) + "…" : passage[...]
        return "\(number). \(title)\(headings.isEmpty ? "" : " › \(headings)")  [\(id) \(span), score \(score)]\n   \(shown)"
    }
}

extension SearchMode: ExpressibleByArgument {}
