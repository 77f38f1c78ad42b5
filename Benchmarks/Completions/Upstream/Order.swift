import JSON

/// What a request tells the upstream to do, as JSON in the text of the user's message.
struct Order: Sendable {
    /// How the upstream behaves.
    enum Behaviour: String, Sendable, CaseIterable {
        case normal
        /// Closes the connection after half of the words, without usage.
        case cut
        /// Closes the connection after half of the words; every chunk before that has the usage so far.
        case cutWithUsage
        /// Sends half of the words and then nothing until the client disconnects.
        case stall
        /// Waits 20 ms before it responds.
        case slow
        /// Completes without usage.
        case noUsage
        /// Sends the usage in the last chunk that has a choice.
        case usageInChoice
        /// Sends the usage so far in every chunk.
        case usageInEach
        /// Responds with 429 the first time, then normally.
        case busyOnce
        /// Responds with 500 the first time, then normally.
        case failsOnce
        /// Responds with 500 every time.
        case fails
        /// Responds with 400.
        case refuses
    }

    var number: Int
    var behaviour = Behaviour.normal
    /// Number of words of the answer; a stream has one chunk per word.
    var words = 16
    /// Microseconds between two chunks; 0 sends all of them immediately.
    var gap = 0

    init(_ number: Int, _ behaviour: Behaviour = .normal, words: Int = 16, gap: Int = 0) {
        (self.number, self.behaviour, self.words, self.gap) = (number, behaviour, words, gap)
    }

    /// Parses the body of a chat completion request.
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

    /// The body of a request for this order.
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
