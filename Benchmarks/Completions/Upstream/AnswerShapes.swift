import JSON

/// Answers of OpenAI's chat protocol.
struct AnswerShapes {
    let order: Order
    /// What the upstream counts as the prompt's tokens.
    let promptTokens: Int

    /// A number of tokens of its own for each order, so that its row can be told from others.
    init(_ order: Order) { (self.order, promptTokens) = (order, 1000 + order.number) }

    func usage(words: Int) -> UpstreamLedger.Usage { .init(prompt: promptTokens, completion: words) }

    /// A whole completion.
    var completion: JSONValue {
        let text = (0..<order.words).map { "word\($0)" }.joined(separator: " ")
        return [
            "id": "chatcmpl-bench", "object": "chat.completion", "created": 1_700_000_000, "model": "zero",
            "choices": [["index": 0, "message": ["role": "assistant", "content": .string(text)], "finish_reason": "stop"]],
            "usage": json(usage(words: order.words)),
        ]
    }

    /// A chunk of a stream. Written, not serialized: what the upstream takes is no part of what is measured.
    ///
    /// - Parameter text: needs no escapes.
    func chunk(_ text: String?, isLast: Bool = false, usage: UpstreamLedger.Usage? = nil) -> [UInt8] {
        let delta = text.map { #"{"role":"assistant","content":"\#($0)"}"# } ?? "{}"
        return event(choices: #"[{"index":0,"delta":\#(delta),"finish_reason":\#(isLast ? #""stop""# : "null")}]"#, usage)
    }

    /// The chunk that has the usage and nothing else.
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
