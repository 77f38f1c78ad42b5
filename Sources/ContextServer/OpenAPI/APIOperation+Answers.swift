import JSON

// The descriptions of the routes that answer questions, and of `/mcp`.
extension APIOperation {
    private static let headers = [
        APIHeader("X-Contextd-Model", "The configured model that answers; a fallback if the requested one failed."),
        APIHeader("X-Contextd-Origin", "Whether the answer is new, coalesced with an identical request, or from the response cache."),
    ]
    /// Errors of quotas, models and embedders.
    private static let errors = [402, 404, 502, 504]

    static func createChatCompletion(maximumBytes: Int) -> APIOperation {
        APIOperation(
            "createChatCompletion", .answers, "Answer a conversation from the tenant's documents",
            "Compatible with OpenAI's API. With `stream` the response is a stream of chunks that ends with `data: [DONE]`.",
            parameters: [.idempotencyKey], body: APIBody(.json("ChatRequest", example: APIExample.chat), maximumBytes: maximumBytes),
            errors: errors,
            returns: APIResponse(
                "The completion, or the stream of its chunks.", .json("ChatCompletion", example: APIExample.chatCompletion),
                .events(of: "ChatCompletionChunk", example: APIExample.chatStream), headers: headers))
    }

    static func createCompletion(maximumBytes: Int) -> APIOperation {
        APIOperation(
            "createCompletion", .answers, "Complete or answer a prompt",
            "Compatible with OpenAI's older API. With `stream` the response is a stream of chunks that ends with `data: [DONE]`.",
            parameters: [.idempotencyKey],
            body: APIBody(.json("CompletionRequest", example: APIExample.prompt), maximumBytes: maximumBytes), errors: errors,
            returns: APIResponse(
                "The completion, or the stream of its chunks.", .json("Completion", example: APIExample.completion),
                .events(of: "CompletionChunk", example: APIExample.completionStream), headers: headers))
    }

    static func answerQuestion(maximumBytes: Int) -> APIOperation {
        APIOperation(
            "answerQuestion", .answers, "Answer a question",
            parameters: [.idempotencyKey], body: APIBody(.json("Question", example: APIExample.question), maximumBytes: maximumBytes),
            errors: errors,
            returns: APIResponse("The answer.", .json("Answer", example: APIExample.answer), headers: headers))
    }

    static let streamAnswer = APIOperation(
        "streamAnswer", .answers, "Answer a question and stream the answer", "`+` in a parameter means a space.",
        parameters: [
            .query("query", "The question.", APISchema.queryText, isRequired: true, example: "How long is bread baked?"),
            .query("model", "A model of `GET /v1/models`; by default the tenant's.", APISchema.text(length: 1...256)),
        ], errors: errors,
        returns: APIResponse(
            "Events `token`, then `done` with the whole answer, or `error` with a problem document.",
            .events(of: "AnswerEvent", example: APIExample.answerEvents), headers: headers))

    static func sendMCPMessage(maximumBytes: Int) -> APIOperation {
        let versions = "The protocol's revision. Without it: 2025-03-26."
        return APIOperation(
            "sendMcpMessage", .mcp, "Send a message of the Model Context Protocol",
            "Streamable HTTP without sessions and streams. Revision 2025-03-26 has batches: an array of messages.",
            parameters: [.header("MCP-Protocol-Version", versions, APISchema.string, example: "2025-11-25")],
            body: APIBody(.json("RPCMessage", example: APIExample.rpcRequest), maximumBytes: maximumBytes),
            returns: .json("RPCResponse", "The response, which may be an error.", example: APIExample.rpcResponse),
            APIResponse("The message needs no response.", status: 202), rpcError("The message is invalid.", 400),
            rpcError("The method is unknown.", 404), rpcError("`Accept` excludes `application/json`.", 406),
            rpcError("The body is not JSON.", 415))
    }

    private static func rpcError(_ description: String, _ status: Int) -> APIResponse {
        APIResponse(description, .json("RPCResponse", example: APIExample.rpcError), status: status)
    }
}
