import Citing
import JSON
import MCP
package import Retrieval

/// The text of the prompt `answer_with_context`. Retrieved text is untrusted and therefore fenced: see `SourceFence`.
package enum AnswerPrompt {
    package static let name = "answer_with_context"
    static let argument = "question"
    /// Number of passages in the prompt.
    private static let passages = 8
    static let description = "Answers a question from the documents, with citations."

    /// Returns the first message: the passages, numbered from 1.
    package static func sources(_ results: [SearchResult]) -> String {
        SourcePrompt.sources(
            results.enumerated().map { place, result in PassagePlan.Passage(result).source(result.chunk.text, number: place + 1) })
    }

    /// Returns the second message: the question, and instructions for the answer.
    package static func task(_ question: String) -> String { SourcePrompt.task(question) }
}

extension AnswerPrompt {
    static func prompt<Backend: DocumentBackend>(over backend: Backend) -> MCPPrompt<Backend.Principal> {
        MCPPrompt(
            name: name, title: "Answer with context", description: description,
            arguments: [
                MCPPrompt.Argument(
                    name: argument, title: "Question", description: "The question to answer, in plain language.", isRequired: true)
            ]
        ) { arguments, principal in
            let question = try arguments.string(argument)
            try SearchRequest.check(query: question, at: arguments.path(of: argument))
            let results = try await backend.search(principal, SearchRequest(query: question, limit: passages))
            return [sources(results), task(question)]
        }
    }
}
