import JSON

/// A group of operations in the OpenAPI document. Generators make one class or module of each.
enum APITag: String, CaseIterable, Sendable {
    case documents = "Documents"
    case jobs = "Jobs"
    case search = "Search"
    case answers = "Answers"
    case embeddings = "Embeddings"
    case models = "Models"
    case usage = "Usage"
    case mcp = "MCP"
    case operations = "Operations"

    private var description: String {
        switch self {
        case .documents: "Upload, import, list, read and delete the tenant's documents."
        case .jobs: "Follow, retry and cancel the processing of uploads."
        case .search: "Search passages of the tenant's documents."
        case .answers:
            """
            Ask a model, with passages of the tenant's documents as its sources. `/api/mcp/ws` is a WebSocket for the same: its first \
            message has the key, `{"key":"ctx_…"}`, and each later one is a `Question`, with `id` and `stream`.
            """
        case .embeddings: "Compute vectors of texts, as in OpenAI's API."
        case .models: "List the models that the tenant may use, as in OpenAI's API."
        case .usage: "Report the tokens that the tenant used, and its quota."
        case .mcp: "Model Context Protocol over Streamable HTTP."
        case .operations: "Check and observe the server. These routes need no key."
        }
    }

    /// The list of all tags, with their descriptions.
    static var all: JSONValue {
        .array(allCases.map { ["name": .string($0.rawValue), "description": .string($0.description)] })
    }
}
