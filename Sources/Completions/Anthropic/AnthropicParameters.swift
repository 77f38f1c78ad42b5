internal import JSON

/// Translation of a request's parameters into Anthropic's. Parameters without an equivalent are dropped.
enum AnthropicParameters {
    /// Parameters with the same name and meaning, or specific to Anthropic.
    private static let same = ["top_p", "top_k", "thinking"]

    /// - Throws: `.providerRejected` for tools other than functions with a name.
    static func translated(_ parameters: JSONObject, defaultMaximumTokens: Int) throws(CompletionError) -> JSONObject {
        var body = JSONObject()
        body["max_tokens"] = parameters["max_completion_tokens"] ?? parameters["max_tokens"] ?? .init(defaultMaximumTokens)
        for name in same { body[name] = parameters[name] }
        body["temperature"] = parameters["temperature"].map(temperature)
        body["stop_sequences"] = parameters["stop"].map(sequences)
        body["metadata"] = (parameters["user"] ?? parameters["safety_identifier"]).map { ["user_id": $0] }
        if let tools = parameters["tools"]?.arrayValue, !tools.isEmpty {
            body["tools"] = .array(try self.tools(tools))
            body["tool_choice"] = choice(parameters["tool_choice"], isParallel: parameters["parallel_tool_calls"]?.boolValue)
        }
        return body
    }

    /// Clamps a temperature to `0...1`: OpenAI's range goes to 2.
    private static func temperature(_ value: JSONValue) -> JSONValue {
        guard let number = value.doubleValue, !(0...1).contains(number) else { return value }
        return .integer(number < 0 ? 0 : 1)
    }

    private static func sequences(_ stop: JSONValue) -> JSONValue { stop.stringValue == nil ? stop : [stop] }

    private static func tools(_ tools: [JSONValue]) throws(CompletionError) -> [JSONValue] {
        var translated: [JSONValue] = []
        for (place, tool) in tools.enumerated() {
            guard let function = tool["function"]?.objectValue, let name = function["name"] else {
                throw CompletionError(
                    .providerRejected, "the provider's protocol does not support a tool",
                    providerMessage: "tools[\(place)]: this model supports only functions with a name")
            }
            var object: JSONObject = ["name": name]
            object["description"] = function["description"]
            object["input_schema"] = function["parameters"] ?? ["type": "object", "properties": [:]]
            translated.append(.object(object))
        }
        return translated
    }

    private static func choice(_ choice: JSONValue?, isParallel: Bool?) -> JSONValue? {
        var object: JSONObject
        switch choice {
        case "none": return ["type": "none"]
        case "required": object = ["type": "any"]
        case .object(let named): object = ["type": "tool", "name": named["function"]?["name"] ?? .null]
        default:
            guard isParallel == false else { return nil }
            object = ["type": "auto"]
        }
        if isParallel == false { object["disable_parallel_tool_use"] = true }
        return .object(object)
    }
}
