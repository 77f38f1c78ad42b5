import JSON

// The descriptions of the routes that answer questions.
extension APIOperation {
    static let chat = APIOperation(
        "Answer from the tenant's documents (compatible with OpenAI's API)", body: ["application/json": .schema("Chat")],
        returns: .init(
            "a completion, or its stream", ["application/json": [:], "text/event-stream": [:]],
            headers: ["X-Contextd-Model": ["description": "the configured model that answered", "schema": APISchema.string]]))
    static let textCompletion = APIOperation(
        "Complete or answer a prompt (compatible with OpenAI's API)", body: ["application/json": .schema("TextCompletion")],
        returns: .init("a completion, or its stream", ["application/json": [:], "text/event-stream": [:]]))
    static let query = APIOperation("Answer a question", body: ["application/json": .schema("Query")], returns: .json("QueryAnswer"))
    static let queryStream = APIOperation(
        "Answer a question and stream the answer", query: ["query": APISchema.queryText, "model": APISchema.string],
        returns: .init("events: token, done, error", ["text/event-stream": [:]]))
    static let webSocket = APIOperation(
        "Answer questions over a WebSocket",
        returns: .init("WebSocket; the first message holds the key, each later one is a query", status: 101))
    static let mcp = APIOperation(
        "Model Context Protocol over Streamable HTTP", body: ["application/json": [:]],
        returns: .init("JSON-RPC", ["application/json": [:]]))
}
