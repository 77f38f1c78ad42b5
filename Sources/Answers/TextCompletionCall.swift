import Completions
package import JSON

// Requests of `POST /v1/completions`.
extension ChatCall {
    /// Fields that this server handles itself; all others are passed to the provider.
    private static let ownOfTextCompletions = [
        "model", "prompt", "stream", "stream_options", "retrieval", "n", "best_of", "echo", "logprobs",
    ]

    /// - Throws: `JSONFieldError`.
    package init(textCompletion fields: JSONFields, _ defaults: CallDefaults) throws(JSONFieldError) {
        let model = try fields.optionalString("model", bytes: 1...256)
        let prompt = try Self.prompt(fields)
        try Self.refuseWhatNoModelDoes(fields)
        self.init(question: prompt, model: model)
        request.prompt = prompt
        try readOptions(fields, own: Self.ownOfTextCompletions)
        retrieval = try Self.retrieval(fields, defaults, byDefault: defaults.usesRetrieval(model, unset: false))
        guard retrieval == nil || request.question != nil else {
            throw JSONFieldError(path: "prompt", reason: "must contain text if retrieval is enabled")
        }
    }

    /// Returns the prompt: a string, or the only element of an array.
    private static func prompt(_ fields: JSONFields) throws(JSONFieldError) -> String {
        guard case .array(let prompts)? = fields.value("prompt") else { return try fields.string("prompt") }
        if prompts.contains(where: { $0.intValue != nil || $0.arrayValue != nil }) {
            throw JSONFieldError(path: "prompt", reason: "must be text; token ids are not supported")
        }
        guard prompts.count == 1, let prompt = prompts.first?.stringValue else {
            throw JSONFieldError(path: "prompt", reason: "must be one string; send each prompt in its own request")
        }
        return prompt
    }

    private static func refuseWhatNoModelDoes(_ fields: JSONFields) throws(JSONFieldError) {
        _ = try fields.optionalInt("n", in: 1...1)
        _ = try fields.optionalInt("best_of", in: 1...1)
        if try fields.optionalBool("echo") ?? false {
            throw JSONFieldError(path: "echo", reason: "is not supported; omit it or set it to false")
        }
        if let logprobs = fields.value("logprobs"), logprobs != 0, logprobs != false {
            throw JSONFieldError(path: "logprobs", reason: "is not supported; omit it or set it to null")
        }
    }
}
