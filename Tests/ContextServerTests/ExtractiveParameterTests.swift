import JSON
import Testing

/// Parameters of the built-in model over HTTP: each is obeyed, or refused with its name.
@Suite(.timeLimit(.minutes(5))) struct ExtractiveParameterTests {
    private static let ferry = "The ferry to Hesper Rock leaves at 07:15 from the east quay."
    private static let question = "When does the ferry to Hesper Rock leave?"

    private static func server() async throws -> (RunningServer, TestClient) {
        let server = try await RunningServer.start()
        let client = try await server.client(tenant: "t")
        #expect(try await client.post("/v1/documents?wait=true", ["id": "ferry", "text": .string(ferry)]).status == 200)
        return (server, client)
    }

    private static func body(_ fields: JSONObject, isText: Bool) -> JSONValue {
        var body: JSONObject = ["model": "extractive"]
        if isText { body["prompt"] = .string(question) } else { body["messages"] = [["role": "user", "content": .string(question)]] }
        for (name, value) in fields { body[name] = value }
        return .object(body)
    }

    /// An answer, whole or streamed, as chat or as a text completion.
    private struct Reply {
        var text = ""
        var finishReason: String?
        var usage: JSONValue?
        var citations: JSONValue?
    }

    private static func reply(_ client: TestClient, _ fields: JSONObject, isText: Bool, isStream: Bool) async throws -> Reply {
        var fields = fields
        if isStream { (fields["stream"], fields["stream_options"]) = (true, ["include_usage": true]) }
        let answer = try await client.post(isText ? "/v1/completions" : "/v1/chat/completions", body(fields, isText: isText))
        #expect(answer.status == 200, "\(fields): \(answer.text)")
        let choice: JSONValue?
        var reply = Reply()
        switch (isText, isStream) {
        case (true, true):
            let read = try TextCompletionTests.read(answer.body)
            choice = read.last["choices"]?[0]
            (reply.text, reply.usage, reply.citations) = (read.text, read.usage, read.last["citations"])
        case (false, true):
            let read = try ChatStreamReader.read(answer.body)
            choice = read.last["choices"]?[0]
            (reply.text, reply.usage, reply.citations) = (read.message["content"]?.stringValue ?? "", read.usage, read.last["citations"])
        case (_, false):
            choice = answer.json["choices"]?[0]
            reply.text = (isText ? choice?["text"] : choice?["message"]?["content"])?.stringValue ?? ""
            (reply.usage, reply.citations) = (answer.json["usage"], answer.json["citations"])
        }
        reply.finishReason = choice?["finish_reason"]?.stringValue
        return reply
    }

    struct Obeyed: Sendable {
        let fields: JSONObject
        /// The text; `nil` for the start of the answer with at most `tokens` words.
        var text: String?
        var finishReason = "stop"
        var tokens: Int?
        var isCited = false
    }

    static let whole = "\(ferry) [1]"
    static let obeyed = [
        Obeyed(fields: ["max_tokens": 3], finishReason: "length", tokens: 3),
        Obeyed(fields: ["max_completion_tokens": 3], finishReason: "length", tokens: 3),
        Obeyed(fields: ["max_completion_tokens": 2, "max_tokens": 100], finishReason: "length", tokens: 2),
        Obeyed(fields: ["max_tokens": 1], finishReason: "length", tokens: 1),
        Obeyed(fields: ["max_tokens": 9.0], finishReason: "length", tokens: 9),
        Obeyed(fields: ["max_tokens": 9_000_000_000_000_000_000], text: whole, isCited: true),
        Obeyed(fields: ["stop": ["07:15"]], text: "The ferry to Hesper Rock leaves at "),
        Obeyed(fields: ["stop": "leaves"], text: "The ferry to Hesper Rock "),
        Obeyed(fields: ["stop": ["quay", "zebra", "Hesper"]], text: "The ferry to "), Obeyed(fields: ["stop": "The"], text: ""),
        Obeyed(fields: ["stop": "[1]"], text: "\(ferry) "),
        Obeyed(fields: ["stop": "leaves", "max_tokens": 2], finishReason: "length", tokens: 2),
        Obeyed(
            fields: ["max_tokens": 100, "stop": ["zebra"], "response_format": ["type": "text"], "tool_choice": "none"], text: whole,
            isCited: true),
        Obeyed(
            fields: [
                "temperature": 0.2, "top_p": 0.9, "seed": 7, "user": "u", "n": 1, "logprobs": .null, "presence_penalty": -1, "stop": [],
                "logit_bias": [:], "tools": [["type": "function", "function": ["name": "f"]]], "tool_choice": "auto", "x_unknown": [1],
            ], text: whole, isCited: true),
    ]

    @Test(arguments: [false, true], [false, true]) func limitsAreObeyed(isText: Bool, isStream: Bool) async throws {
        let (server, client) = try await Self.server()
        defer { withExtendedLifetime(server) {} }
        for item in Self.obeyed {
            let reply = try await Self.reply(client, item.fields, isText: isText, isStream: isStream)
            let what = "\(item.fields): \(reply)"
            #expect(reply.finishReason == item.finishReason, "\(what)")
            if let text = item.text { #expect(reply.text == text, "\(what)") }
            if let tokens = item.tokens {
                #expect(reply.usage?["completion_tokens"]?.intValue ?? .max <= tokens, "\(what)")
                #expect((1...tokens).contains(reply.text.split(separator: " ").count) && Self.ferry.hasPrefix(reply.text), "\(what)")
            }
            #expect(reply.citations?.arrayValue?.count == (item.isCited ? 1 : 0), "\(what)")
        }
    }

    static let refused: [(fields: JSONObject, param: String)] = [
        (["max_tokens": -1], "max_tokens"), (["max_tokens": 0], "max_tokens"), (["max_tokens": "three"], "max_tokens"),
        (["max_completion_tokens": -5], "max_completion_tokens"), (["max_tokens": 2.5], "max_tokens"), (["stop": 7], "stop"),
        (["stop": ""], "stop"), (["stop": ["a", 1]], "stop"), (["stop": .array(Array(repeating: "a", count: 17))], "stop"),
        (["stop": .string(String(repeating: "a", count: 257))], "stop"), (["n": 2], "n"), (["n": 0], "n"),
        (["temperature": "hot"], "temperature"),
        (["temperature": -1], "temperature"), (["top_p": 2], "top_p"), (["frequency_penalty": 3], "frequency_penalty"),
        (["logit_bias": ["50256": -100]], "logit_bias"), (["response_format": "json"], "response_format"),
        (["response_format": ["type": "json_object"]], "response_format"),
        (["response_format": ["type": "json_schema", "json_schema": ["name": "a", "schema": [:]]]], "response_format"),
        (["response_format": [:]], "response_format.type"), (["tool_choice": "required"], "tool_choice"),
        (
            ["tools": [["type": "function", "function": ["name": "f"]]], "tool_choice": ["type": "function", "function": ["name": "f"]]],
            "tool_choice"
        ),
        (["function_call": ["name": "f"]], "function_call"), (["modalities": ["text", "audio"]], "modalities"),
    ]

    @Test func whatItCannotDoIsRefused() async throws {
        let (server, client) = try await Self.server()
        defer { withExtendedLifetime(server) {} }
        let onlyChat: [(fields: JSONObject, param: String)] = [
            (["logprobs": true, "top_logprobs": 99], "logprobs"), (["top_logprobs": 99], "top_logprobs"),
            (["top_logprobs": 1], "top_logprobs"),
        ]
        let onlyText: [(fields: JSONObject, param: String)] = [(["logprobs": 2], "logprobs"), (["suffix": "."], "suffix")]
        for isText in [false, true] {
            for (fields, param) in Self.refused + (isText ? onlyText : onlyChat) {
                for isStream in [false, true] {
                    var fields = fields
                    fields["stream"] = .bool(isStream)
                    let answer = try await client.post(
                        isText ? "/v1/completions" : "/v1/chat/completions", Self.body(fields, isText: isText))
                    #expect(answer.status == 400 && answer.json["error"]?["param"]?.stringValue == param, "\(fields): \(answer.text)")
                    #expect(answer.json["error"]?["type"] == "invalid_request_error")
                }
            }
        }
    }
}
