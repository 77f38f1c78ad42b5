import ByteText
public import Catalog
public import Completions
package import JSON
public import Retrieval

/// A validated request of `POST /v1/chat/completions`.
public struct ChatCall: Sendable {
    /// Retrieval options of a question.
    public struct Retrieval: Sendable {
        /// Maximum number of passages to search for, `1...SearchRequest.maximumLimit`.
        public var limit = 8
        public var filter: MetadataFilter?
        public var mode = SearchMode.hybrid
        public var maximumContextTokens = 4096
        /// `filter` as the request contained it.
        fileprivate var writtenFilter = JSONValue.null

        public init() {}
    }

    /// The requested model; `nil` selects the default model.
    public var model: String?
    public var request: ChatRequest
    /// Retrieval options; `nil` disables retrieval.
    public var retrieval: Retrieval?
    public var isStream = false
    /// Whether a stream ends with a usage chunk.
    public var includesUsage = false
    /// Whether the response cache may serve this request and store its answer.
    public var isCacheable = true

    /// Creates a question without a conversation, with retrieval enabled by default.
    public init(question: String, model: String?, retrieval: Retrieval = Retrieval()) {
        self.model = model
        request = ChatRequest(messages: [["role": "user", "content": .string(question)]])
        self.retrieval = retrieval
    }
}

extension ChatCall {
    private static let roles = ["system", "developer", "user", "assistant", "tool", "function"]
    /// Fields that this server handles itself; all others are passed to the provider.
    private static let own = ["model", "messages", "stream", "stream_options", "retrieval", "n"]
    /// Maximum number of messages in one conversation.
    private static let maximumMessages = 10_000

    /// - Throws: `JSONFieldError`.
    package init(chat fields: JSONFields, _ defaults: CallDefaults) throws(JSONFieldError) {
        request = ChatRequest(messages: [])
        model = try fields.optionalString("model", bytes: 1...256)
        try readOptions(fields, own: Self.own)
        _ = try fields.optionalInt("n", in: 1...1)
        request.messages = try Self.messages(fields)
        retrieval = try Self.retrieval(fields, defaults, byDefault: defaults.usesRetrieval(model, unset: false))
    }

    /// Reads how to deliver the answer, and the provider's parameters.
    ///
    /// - Parameter own: fields that are not parameters.
    mutating func readOptions(_ fields: JSONFields, own: [String]) throws(JSONFieldError) {
        isStream = try fields.optionalBool("stream") ?? false
        includesUsage = try fields.optionalObject("stream_options")?.optionalBool("include_usage") ?? false
        for (name, value) in fields.object where !name.hasSameBytes(asOneOf: own) && !value.isNull {
            request.parameters.append(name, value)
        }
    }

    /// Returns everything that this model's answer depends on, except the tenant's documents.
    func question(of model: String) -> JSONObject {
        [
            "model": .string(model), "messages": .array(request.messages.map(JSONValue.object)),
            "parameters": .object(request.parameters), "prompt": request.prompt.map(JSONValue.string) ?? .null,
            "asked": request.asked.map(JSONValue.string) ?? .null,
            "retrieval": retrieval.map {
                [
                    "limit": .init($0.limit), "mode": .string($0.mode.rawValue), "max_context_tokens": .init($0.maximumContextTokens),
                    "filter": $0.writtenFilter,
                ]
            } ?? .null,
        ]
    }

    private static func messages(_ fields: JSONFields) throws(JSONFieldError) -> [JSONObject] {
        var messages: [JSONObject] = []
        for (place, value) in try fields.array("messages", count: 1...maximumMessages).enumerated() {
            let message = try JSONFields(value, path: "messages[\(place)]")
            _ = try message.choice("role", of: roles)
            switch message.value("content") {
            case nil, .string: break
            case .array(let parts):
                for (index, part) in parts.enumerated() {
                    _ = try JSONFields(part, path: "messages[\(place)].content[\(index)]").string("type")
                }
            default: throw JSONFieldError(path: message.path(of: "content"), reason: "must be a string or an array of parts")
            }
            messages.append(message.object)
        }
        return messages
    }

    /// - Parameter byDefault: whether a request without retrieval options uses retrieval.
    static func retrieval(_ fields: JSONFields, _ defaults: CallDefaults, byDefault: Bool) throws(JSONFieldError) -> Retrieval? {
        guard let options = try fields.optionalObject("retrieval") else { return byDefault ? defaults.retrieval : nil }
        try options.rejectUnknown(except: ["enabled", "limit", "filter", "max_context_tokens", "mode"])
        var retrieval = defaults.retrieval
        if let limit = try options.optionalInt("limit", in: 1...SearchRequest.maximumLimit) { retrieval.limit = limit }
        if let filter = options.value("filter") {
            retrieval.filter = try MetadataFilter(filter)
            retrieval.writtenFilter = filter
        }
        let mode = try options.optionalChoice("mode", of: SearchMode.allCases.map(\.rawValue))
        if let mode = mode.flatMap(SearchMode.init(rawValue:)) { retrieval.mode = mode }
        if let tokens = try options.optionalInt("max_context_tokens", in: ContextRequest.tokenRange) {
            retrieval.maximumContextTokens = tokens
        }
        // Retrieval options enable retrieval, unless `enabled` is false.
        return try options.optionalBool("enabled") ?? true ? retrieval : nil
    }
}
