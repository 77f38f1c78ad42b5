import JSON
import Testing

/// Fields of `POST /v1/embeddings` that other servers know.
@Suite(.timeLimit(.minutes(5))) struct EmbeddingFieldTests {
    static let extra: [JSONObject] = [
        ["truncate_prompt_tokens": 200], ["truncate": true], ["truncate": "END"], ["normalize": true], ["metadata": ["trace": "a"]],
        ["litellm_call_id": "c1", "timeout": 600], ["embedding_type": "float"], ["user": "u1", "encoding_format": "float"],
        ["user": .null, "dimensions": .null, "encoding_format": .null, "input_type": .null], ["user": 7], ["dimensions": 384],
        ["extra_body": ["a": [1, ["b": .null]]], "add_special_tokens": true],
        ["truncation_direction": "right", "prompt_name": "query", "task": "text-matching", "late_chunking": false],
        ["input_type": "query"], ["input_type": "passage"], ["input_type": "document"], ["input_type": "search_query"],
        ["input_type": "search_document"], ["input_type": "SEARCH_QUERY"], ["input_type": "clustering"], ["": 1, "ü": "é"],
    ]

    /// The model has no prompts, so the vector stays the same whatever the input type is.
    @Test func otherFieldsAreIgnored() async throws {
        let server = try await RunningServer.start()
        let client = try await server.client(tenant: "a")
        let plain: JSONObject = ["model": "all-MiniLM-L6-v2", "input": "kettle"]
        let want = try await client.post("/v1/embeddings", .object(plain)).json
        #expect(want["data"]?[0]?["embedding"]?.arrayValue?.count == 384)
        for fields in Self.extra {
            let answer = try await client.post("/v1/embeddings", .object(plain.merging(fields)))
            #expect(answer.status == 200 && answer.json == want, "\(fields): \(answer.text.prefix(300))")
        }
        withExtendedLifetime(server) {}
    }

    static let wrong: [(fields: JSONObject, param: String)] = [
        (["input_type": "nonsense"], "input_type"), (["input_type": 1], "input_type"), (["input_type": ""], "input_type"),
        (["encoding_format": "hex"], "encoding_format"), (["dimensions": 100], "dimensions"), (["dimensions": "384"], "dimensions"),
        (["input": 7], "input"), (["model": "other"], "model"),
        (["token_ids": "cl100k_base"], "token_ids"), (["token_ids": true], "token_ids"),
    ]

    /// Ids of another tokenizer are valid ids of other words here, so a client must say that they are the model's.
    @Test func tokenIDsMustBeDeclared() async throws {
        let server = try await RunningServer.start()
        let client = try await server.client(tenant: "a")
        for input: JSONValue in [[7592], [101, 7592, 102], [[101, 7592, 102]], [[101, 102], [7592]], [[]], [-1], [200_000]] {
            let answer = try await client.post("/v1/embeddings", ["model": "all-MiniLM-L6-v2", "input": input])
            let error = answer.json["error"]
            #expect(answer.status == 400 && error?["code"] == "token_ids_refused" && error?["param"] == "input", "\(input): \(answer.text)")
            #expect(error?["type"] == "invalid_request_error", "\(input): \(answer.text)")
            let message = error?["message"]?.stringValue ?? ""
            #expect(message.contains("check_embedding_ctx_length=False") && message.contains(#""token_ids": "model""#), "\(message)")
        }
        for input: JSONValue in [[1.5], ["a", 7], [7, "a"], [["a"]], []] {
            let answer = try await client.post("/v1/embeddings", ["model": "all-MiniLM-L6-v2", "input": input])
            #expect(answer.status == 400 && answer.json["error"]?["code"] == "invalid_request", "\(input): \(answer.text)")
        }
        let declared: JSONObject = ["model": "all-MiniLM-L6-v2", "input": [101, 7592, 102], "token_ids": "model"]
        let text: JSONObject = ["model": "all-MiniLM-L6-v2", "input": "hello", "token_ids": "model"]
        let (ids, words) = (
            try await client.post("/v1/embeddings", .object(declared)), try await client.post("/v1/embeddings", .object(text))
        )
        #expect(ids.status == 200 && ids.json == words.json, "\(ids.text.prefix(300))")
        withExtendedLifetime(server) {}
    }

    @Test func aSettingAcceptsThemUndeclared() async throws {
        let server = try await RunningServer.start(options: ["--set", "embedding.accept_token_ids=true"])
        let client = try await server.client(tenant: "a")
        let body: JSONObject = ["model": "all-MiniLM-L6-v2", "input": [[101, 7592, 102]]]
        let (ids, words) = (
            try await client.post("/v1/embeddings", .object(body)),
            try await client.post("/v1/embeddings", .object(body.merging(["input": "hello"])))
        )
        #expect(ids.status == 200 && ids.json == words.json, "\(ids.text.prefix(300))")
        withExtendedLifetime(server) {}
    }

    @Test func theKnownOnesAreChecked() async throws {
        let server = try await RunningServer.start()
        let client = try await server.client(tenant: "a")
        for (fields, param) in Self.wrong {
            let body: JSONObject = ["model": "all-MiniLM-L6-v2", "input": "kettle"]
            let answer = try await client.post("/v1/embeddings", .object(body.merging(fields)))
            #expect(answer.status == (param == "model" ? 404 : 400), "\(fields): \(answer.text.prefix(300))")
            #expect(answer.json["error"]?["param"]?.stringValue == param, "\(fields): \(answer.text.prefix(300))")
        }
        withExtendedLifetime(server) {}
    }
}

extension JSONObject {
    fileprivate func merging(_ fields: JSONObject) -> JSONObject {
        fields.reduce(into: self) { $0[$1.key] = $1.value }
    }
}
