import ByteText
public import Catalog
public import Completions
package import JSON
public import Retrieval

/// What is asked of `POST /v1/chat/completions`, read and checked.
public struct ChatCall: Sendable {
    /// How context is found for the question, where it is.
    public struct Retrieval: Sendable {
        /// Passages looked at, `1...SearchRequest.maximumLimit`.
        public var limit = 8
        public var filter: MetadataFilter?
        public var mode = SearchMode.hybrid
        public var maximumContextTokens = 4096
        /// `filter` as it was written.
        fileprivate var writtenFilter = JSONValue.null

        public init() {}
    }

    /// `nil` leaves it to the server.
    public var model: String?
    public var request: ChatRequest
    /// `nil`: nothing is to be retrieved.
    public var retrieval: Retrieval?
    public var isStream = false
    /// Whether a stream ends with a chunk of usage.
    public var includesUsage = false
    /// Whether an answer that was given before will do, and this one may be given again.
    public var isCacheable = true

    /// A question without a conversation, with context at its standard.
    public init(question: String, model: String?, retrieval: Retrieval = Retrieval()) {
        self.model = model
        request = ChatRequest(messages: [["role": "user", "content": .string(question)]])
        self.retrieval = retrieval
    }
}

extension ChatCall {
    private static let roles = ["system", "developer", "user", "assistant", "tool", "function"]
    /// Ours, or answered here; all others are the provider's.
    private static let own = ["model", "messages", "stream", "stream_options", "retrieval", "n"]
    /// Messages of one conversation.
    private static let maximumMessages = 10_000

    /// - Parameter retrievesByDefault: whether a request that does not say so of this model wants context.
    /// - Parameter standard: how it is found where the request does not say.
    /// - Throws: `JSONFieldError`.
    package init(
        _ fields: JSONFields, retrievesByDefault: (_ model: String?) -> Bool, standard: Retrieval = Retrieval()
    ) throws(JSONFieldError) {
        model = try fields.optionalString("model", bytes: 1...256)
        isStream = try fields.optionalBool("stream") ?? false
        includesUsage = try fields.optionalObject("stream_options")?.optionalBool("include_usage") ?? false
        _ = try fields.optionalInt("n", in: 1...1)
        var parameters = JSONObject()
        for (name, value) in fields.object where !name.hasSameBytes(asOneOf: Self.own) && !value.isNull { parameters.append(name, value) }
        request = ChatRequest(messages: try Self.messages(fields), parameters: parameters)
        retrieval = try Self.retrieval(fields, byDefault: retrievesByDefault(model), standard)
    }

    /// All that the answer of this model depends on, beside the tenant's documents.
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

    static func retrieval(_ fields: JSONFields, byDefault: Bool, _ standard: Retrieval) throws(JSONFieldError) -> Retrieval? {
        guard let options = try fields.optionalObject("retrieval") else { return byDefault ? standard : nil }
        try options.rejectUnknown(except: ["enabled", "limit", "filter", "max_context_tokens", "mode"])
        var retrieval = standard
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
        // Who says how to retrieve wants it.
        return try options.optionalBool("enabled") ?? true ? retrieval : nil
    }
}
