package import MCP

extension MCPServer {
    /// Creates a server of a backend's documents: the tools `search` and `fetch`, the prompt `answer_with_context`, and documents as resources.
    package init<Backend: DocumentBackend>(
        info: MCPServerInfo, instructions: String, documents backend: Backend, documentLimits: DocumentLimits = DocumentLimits(),
        admission: MCPBatchAdmission<Principal> = MCPBatchAdmission(), limits: MCPLimits = MCPLimits(),
        onInternalError: @escaping @Sendable (_ method: String, any Error) -> Void = { _, _ in }
    ) where Backend.Principal == Principal {
        self.init(
            info: info, instructions: instructions,
            tools: [SearchTool(backend: backend, limits: documentLimits).tool, FetchTool(backend: backend, limits: documentLimits).tool],
            prompts: [AnswerPrompt.prompt(over: backend)],
            resources: DocumentResources.resources(over: backend, documentLimits), admission: admission, limits: limits,
            onInternalError: onInternalError)
    }
}
