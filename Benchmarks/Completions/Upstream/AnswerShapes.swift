import JSON

/// Builds responses of OpenAI's chat protocol.
struct AnswerShapes {
    let order: Order
    /// The number of prompt tokens that the upstream reports.
    let promptTokens: Int

    /// Each order gets its own number of prompt tokens, which identifies its row.
    init(_ order: Order) { (self.order, promptTokens) = (order, 1000 + order.number) }

    func usage(words: Int) -> UpstreamLedger.Usage { .init(prompt: promptTokens, completion: words) }

    /// A complete, non-streamed completion.
    var completion: JSONValue {
        let text = (0..<order.words).map { "word\($0)" }.joined(separator: " ")
        return [
            "id": "chatcmpl-bench", "object": "chat.completion", "created": 1_700_000_000, "model": "zero",
            "choices": [["index": 0, "message": ["role": "assistant", "content": .string(text)], "finish_reason": "stop"]],
            "usage": json(usage(words: order.words)),
        ]
    }

    /// A chunk of a stream. Built by string concatenation instead of a serializer, since the upstream's own time must not be measured.
    ///
    /// - Parameter text: must need no escapes.
    func chunk(_ text: String?, isLast: Bool = false, usage: UpstreamLedger.Usage? = nil) -> [UInt8] {
        let delta = text.map { #"{"role":"assistant","content":"\#($0)"}"# } ?? "{}"
        return event(choices: #"[{"index":0,"delta":\#(delta),"finish_reason":\#(isLast ? #""stop""# : "null")}]"#, usage)
    }

    /// The chunk that holds the usage and nothing else.
    func usageChunk(_ usage: UpstreamLedger.Usage) -> [UInt8] { event(choices: "[]", usage) }

    static let done = Array("data: [DONE]\n\n".utf8)

    private func event(choices: String, _ usage: UpstreamLedger.Usage?) -> [UInt8] {
        let usage = usage.map { "\(json($0))" } ?? "null"
        let head = #"data: {"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1700000000,"model":"zero","choices":"#
        return Array("\(head)\(choices),\"usage\":\(usage)}\n\n".utf8)
    }

    private func json(_ usage: UpstreamLedger.Usage) -> JSONValue {
        [
            "prompt_tokens": .init(usage.prompt), "completion_tokens": .init(usage.completion),
            "total_tokens": .init(usage.prompt + usage.completion),
        ]
    }
}
