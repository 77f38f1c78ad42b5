import JSON

/// What a request wants of the upstream: JSON, as the text of the user's message.
struct Order: Sendable {
    /// How the upstream behaves.
    enum Behaviour: String, Sendable, CaseIterable {
        case normal
        /// Closes the connection after half of the words; no usage was sent.
        case cut
        /// The same, and every chunk before had the usage so far.
        case cutWithUsage
        /// Sends half of the words and then nothing until the client goes.
        case stall
        /// Waits 20 ms before it begins.
        case slow
        /// Ends without usage.
        case noUsage
        /// Has the usage in the last chunk with a choice.
        case usageInChoice
        /// Has the usage so far in every chunk.
        case usageInEach
        /// Answers 429 the first time, then as it should.
        case busyOnce
        /// Answers 500 the first time, then as it should.
        case failsOnce
        /// Answers 500 every time.
        case fails
        /// Answers 400.
        case refuses
    }

    var number: Int
    var behaviour = Behaviour.normal
    /// Words of the answer, a chunk each in a stream.
    var words = 16
    /// Microseconds between two chunks; 0 sends all at once.
    var gap = 0

    init(_ number: Int, _ behaviour: Behaviour = .normal, words: Int = 16, gap: Int = 0) {
        (self.number, self.behaviour, self.words, self.gap) = (number, behaviour, words, gap)
    }

    /// Out of the body of a chat completion.
    init?(_ body: JSONValue) {
        guard let text = body["messages"]?.arrayValue?.last?["content"]?.stringValue, let order = try? JSONValue(parsing: text),
            let number = order["number"]?.intValue, let name = order["behaviour"]?.stringValue, let behaviour = Behaviour(rawValue: name),
            let words = order["words"]?.intValue, let gap = order["gap"]?.intValue
        else { return nil }
        self.init(number, behaviour, words: words, gap: gap)
    }

    var text: String {
        let order: JSONValue = [
            "number": .init(number), "behaviour": .string(behaviour.rawValue), "words": .init(words), "gap": .init(gap),
        ]
        return "\(order)"
    }

    /// The body of a request that asks for it.
    func request(model: String, isStream: Bool) -> [UInt8] {
        var body: JSONObject = [
            "model": .string(model),
            "messages": [
                ["role": "system", "content": "You are a careful assistant who answers in as many words as are asked for."],
                ["role": "user", "content": .string(text)],
            ],
        ]
        if isStream {
            body["stream"] = true
            body["stream_options"] = ["include_usage": true]
        }
        return body.serialized()
    }
}
