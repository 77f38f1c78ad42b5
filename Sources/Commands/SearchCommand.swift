public import ArgumentParser
import ContextServer
import Foundation
import JSON
public import Retrieval
import Tenancy

struct Search: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Search a tenant's documents.")
    @OptionGroup var options: TenantOptions
    @Argument(help: "Search query.") var query: String
    @Option(help: "Maximum number of results, 1 to 100.") var limit = 10
    @Option(help: "Search mode: hybrid, dense or lexical.") var mode = SearchMode.hybrid

    func validate() throws {
        if !(1...SearchRequest.maximumLimit).contains(limit) { throw ValidationError("--limit must be between 1 and 100, got \(limit)") }
    }

    func run() async throws {
        let results = try await find()
        let lines = results.enumerated().map { place, result in Self.text(place + 1, result) }
        try Output.print(["results": .array(results)], asJSON: options.local.common.json, lines.isEmpty ? ["no results"] : lines)
    }

    private func find() async throws -> [JSONValue] {
        if let client = try options.server.client() {
            return try await client.search(query, limit: limit, mode: mode.rawValue)
        }
        return try await options.withRuntime { runtime, scope in
            let results = try await runtime.retriever.search(SearchRequest(query: query, limit: limit, mode: mode), in: scope)
            return results.map { $0.json(explains: false) }
        }
    }

    /// Formats a result: number, title, headings, id, span, page and score on one line, and the start of the passage below.
    private static func text(_ number: Int, _ result: JSONValue) -> String {
        let id = result["document_id"]?.stringValue ?? ""
        let headings = (result["headings"]?.arrayValue ?? []).compactMap(\.stringValue).joined(separator: " › ")
        let span = "\(result["span"]?["start"]?.intValue ?? 0)–\(result["span"]?["end"]?.intValue ?? 0)"
        let place = result.shownPlace.map { ", \($0)" } ?? ""
        let score = (result["score"]?.doubleValue ?? 0).formatted(.number.precision(.fractionLength(3)))
        let title = result["title"]?.stringValue ?? id
        let passage = (result["text"]?.stringValue ?? "").split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let shown = passage.count > 300 ? passage.prefix(299) + "…" : passage[...]
        return "\(number). \(title)\(headings.isEmpty ? "" : " › \(headings)")  [\(id) \(span)\(place), score \(score)]\n   \(shown)"
    }
}

extension SearchMode: ExpressibleByArgument {}
