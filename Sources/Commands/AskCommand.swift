import Answers
import ArgumentParser
import Completions
import ContextServer
import JSON
import Retrieval
import Tenancy

struct Ask: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Answer a question from a tenant's documents.",
        discussion: "Without a configured model, the built-in model answers with sentences from the documents.")
    @OptionGroup var options: TenantOptions
    @Argument(help: "Question to answer.") var question: String
    @Option(help: "Chat model (default: the configured default model, else extractive).") var model: String?
    @Option(help: "Maximum number of passages to retrieve, 1 to 100 (default: as configured, else 8).") var limit: Int?

    func validate() throws {
        guard limit.map({ (1...SearchRequest.maximumLimit).contains($0) }) ?? true else {
            throw ValidationError("--limit must be between 1 and 100, got \(limit ?? 0)")
        }
    }

    func run() async throws {
        try SearchRequest.check(query: question, at: "question")
        var printed = PrintedAnswer(isJSON: options.local.common.json)
        if let client = try options.server.client() {
            try await client.ask(question, model: model, limit: limit) { try printed.take($0) }
        } else {
            try await answer { try printed.take($0) }
        }
        try printed.finish()
    }

    private func answer(_ take: (PrintedAnswer.Piece) throws -> Void) async throws {
        let settings = try options.local.load()
        let completions = try CompletionService(settings.completions)
        try await withCleanup {
            try await options.withRuntime(settings) { runtime, scope in
                let service = ChatService(
                    models: completions.models, retrieval: completions.retrieval, catalog: runtime.catalog, retriever: runtime.retriever,
                    embedder: runtime.embedder, usage: runtime.usage)
                var call = service.call(question, model: model, in: scope)
                if let limit { call.retrieval?.limit = limit }
                let turn = try await service.answer(call, for: Caller(localOperatorOf: scope))
                let (_, outcome) = try await turn.whole { try take(.text($0)) }
                try take(.citations((outcome.citations ?? []).map(\.citationJSON)))
            }
        } cleanUp: {
            await completions.close()
        }
    }
}

/// The printer of an answer: streams the text to the terminal and then lists its sources, or prints both as JSON at the end.
struct PrintedAnswer {
    enum Piece {
        case text(String)
        /// The citations, in the format of the HTTP API.
        case citations([JSONValue])
    }

    let isJSON: Bool
    private var text = ""
    private var citations: [JSONValue] = []

    init(isJSON: Bool) { self.isJSON = isJSON }

    mutating func take(_ piece: Piece) throws {
        switch piece {
        case .text(let text):
            self.text += text
            if !isJSON { try Output.write(text.escapingControlsButNewlines) }
        case .citations(let citations): self.citations += citations
        }
    }

    func finish() throws {
        if isJSON { return try Output.json(["answer": .string(text), "citations": .array(citations)]) }
        if !text.hasSuffix("\n") { try Output.write("\n") }
        guard !citations.isEmpty else { return }
        try Output.line("\nSources")
        for citation in citations { try Output.line(Self.line(citation).escapingControls) }
    }

    private static func line(_ citation: JSONValue) -> String {
        let id = citation["document_id"]?.stringValue ?? ""
        let span = "\(citation["span"]?["start"]?.intValue ?? 0)–\(citation["span"]?["end"]?.intValue ?? 0)"
        let place = citation.shownPlace.map { ", \($0)" } ?? ""
        let url = citation["url"]?.stringValue.map { "  \($0)" } ?? ""
        return "[\(citation["n"]?.intValue ?? 0)] \(citation["title"]?.stringValue ?? id)  [\(id) \(span)\(place)]\(url)"
    }
}

extension String {
    /// The string with control characters other than newlines escaped, so that a model's text cannot control the terminal.
    fileprivate var escapingControlsButNewlines: String {
        split(separator: "\n", omittingEmptySubsequences: false).map { String($0).escapingControls }.joined(separator: "\n")
    }
}
