import JSON

/// The examples of bodies and responses in the OpenAPI document. Tests compare them with their schemas.
enum APIExample {
    private static let counts: JSONValue = ["embedded": 1, "reused": 0, "removed": 0]
    private static let created: JSONValue = "2026-11-22T16:50:36.974Z"
    private static let updated: JSONValue = "2026-11-22T16:50:36.976Z"
    private static let tides = "High water on Monday is at 06:40 and 19:05. Low water is at 00:30 and 12:50."
    private static let bread = "A loaf of bread is baked for forty minutes. [1]"

    static let newVersion: JSONValue = [
        "title": "Tide tables", "text": .string(tides), "url": "https://example.org/tides",
        "metadata": ["year": 2026, "tags": ["sea", "tables"]],
    ]
    static let newDocument: JSONValue = with(newVersion, ["id": "tides"])
    static let accepted: JSONValue = ["id": "tides", "status": "queued", "job_id": "job_4dsqebcujxrqhoxr72nj"]
    static let written: JSONValue = [
        "id": "tides", "status": "ready", "job_id": "job_qcfo568gqqxut0egvic6", "chunks": ["embedded": 0, "reused": 1, "removed": 0],
    ]
    static let importBody = """
        {"id":"a","text":"The boat lands at the east steps."}
        {"id":"c","text":"Landing is not possible in a northerly swell.","metadata":{"year":2024}}

        """
    static let importLines = """
        {"processed":2,"failed":0}
        {"done":true,"processed":2,"failed":0,"chunks":2}

        """
    private static let summary: JSONValue = [
        "id": "tides", "status": "ready", "title": "Tide tables", "url": "https://example.org/tides",
        "metadata": ["year": 2026, "tags": ["sea", "tables"]], "media_type": "text/plain", "size_bytes": 76, "chunks": 1,
        "created_at": created, "updated_at": updated, "etag": "\"2_mx3cog6w\"",
    ]
    static let document: JSONValue = with(
        summary, ["spans": [["chunk_id": "c114", "start": 0, "end": 76]], "error": .null])
    static let documents: JSONValue = ["data": [summary], "next_cursor": .null]
    static let content = tides
    static let job: JSONValue = [
        "id": "job_5vvi8jcd0ucj260jeypc", "document_id": "tides", "stage": "ready", "chunks": counts, "error": .null,
        "retryable": false, "created_at": created, "updated_at": updated, "etag": "\"2_mx3cog6w\"",
    ]
    static let waitingJob: JSONValue = with(
        job, ["stage": "queued", "chunks": ["embedded": 0, "reused": 0, "removed": 0], "etag": .null])
    static let jobs: JSONValue = [
        "data": [job], "counts": ["queued": 0, "running": 0, "ready": 1, "failed": 0, "cancelled": 0], "next_cursor": .null,
    ]
    static let jobEvent = "event: ready\ndata: \(job)\n\n"

    static let search: JSONValue = [
        "query": "When is high water?", "limit": 1, "filter": ["key": "year", "op": "gte", "value": 2026],
    ]
    static let searchResults: JSONValue = [
        "results": [
            [
                "document_id": "tides", "chunk_id": "c114", "title": "Tide tables", "url": "https://example.org/tides",
                "text": .string(tides), "score": 1.0, "span": ["start": 0, "end": 76], "headings": [],
                "metadata": ["year": 2026, "tags": ["sea", "tables"]],
            ]
        ], "took_ms": 8.59,
    ]
    static let statistics: JSONValue = [
        "chunks": 56, "documents": 12, "deleted_rows": 0, "mode": "exact", "graph_rows": 0, "recall": .null,
        "bytes": ["memory": 212_775, "dense": 25_007, "lexical": 187_768, "disk": 128_448], "sequence": 12,
    ]
    private static let sums: JSONObject = [
        "requests": 2, "prompt_tokens": 100, "completion_tokens": 12, "total_tokens": 112, "cached_tokens": 64, "retrieved_tokens": 11,
        "estimated_requests": 0, "mean_first_token_ms": 2.85, "mean_duration_ms": 3.1,
    ]
    static let usage: JSONValue = [
        "from": "2026-11-01T00:00:00.000Z", "to": "2026-11-23T00:00:00.000Z",
        "data": [with(.object(sums), ["day": "2026-11-22", "model": "writer"])], "next_cursor": .null, "total": .object(sums),
        "quota": [
            "limit": 100_000, "period": "day", "used": 112, "reserved": 0, "left": 99_888, "resets_at": "2026-11-23T00:00:00.000Z",
        ],
    ]

    static func embedding(_ model: String) -> JSONValue { ["model": .string(model), "input": "reserve battery"] }

    static func embeddings(_ model: String) -> JSONValue {
        [
            "object": "list", "model": .string(model), "usage": ["prompt_tokens": 4, "total_tokens": 4],
            "data": [["object": "embedding", "index": 0, "embedding": [-0.036606472, 0.13626756]]],
        ]
    }

    static let model: JSONValue = ["id": "extractive", "object": "model", "created": 1_795_910_400, "owned_by": "contextd"]
    static let models: JSONValue = ["object": "list", "data": [model]]

    private static let usageOfAnswer: JSONValue = ["prompt_tokens": 40, "completion_tokens": 12, "total_tokens": 52, "estimated": true]
    private static let citation: JSONValue = [
        "n": 1, "document_id": "bread", "chunk_id": "c7", "title": .null, "url": .null, "span": ["start": 0, "end": 43],
        "text": "A loaf of bread is baked for forty minutes.",
    ]
    static let question: JSONValue = ["query": "How long is bread baked?"]
    static let answer: JSONValue = [
        "content": .string(bread), "citations": [citation], "usage": usageOfAnswer, "model": "extractive",
    ]
    static let answerEvents = "event: token\ndata: \(JSONValue.object(["content": .string(bread)]))\n\nevent: done\ndata: \(answer)\n\n"
    static let chat: JSONValue = ["model": "extractive", "messages": [["role": "user", "content": "How long is bread baked?"]]]
    static let chatCompletion: JSONValue = completion(
        "chat.completion",
        ["index": 0, "message": ["role": "assistant", "content": .string(bread)], "logprobs": .null, "finish_reason": "stop"])
    static let chatStream = stream(
        chunk(
            "chat.completion.chunk", ["index": 0, "delta": ["content": .string(bread)], "logprobs": .null, "finish_reason": "stop"]))
    static let prompt: JSONValue = ["model": "extractive", "prompt": "How long is bread baked?"]
    private static let textChoice: JSONValue = ["index": 0, "text": .string(bread), "logprobs": .null, "finish_reason": "stop"]
    static let completion: JSONValue = completion("text_completion", textChoice)
    static let completionStream = stream(chunk("text_completion", textChoice))

    static let rpcRequest: JSONValue = [
        "jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": ["name": "search", "arguments": ["query": "high water", "limit": 1]],
    ]
    static let rpcResponse: JSONValue = [
        "jsonrpc": "2.0", "id": 1,
        "result": [
            "content": [["type": "text", "text": #"{"results":[]}"#]], "structuredContent": ["results": []], "isError": false,
        ],
    ]
    static let rpcError: JSONValue = [
        "jsonrpc": "2.0", "id": .null, "error": ["code": -32700, "message": "Parse error: expected a value at byte 0"],
    ]
    static let readiness: JSONValue = [
        "status": "ready", "storage": "writable", "model": "all-MiniLM-L6-v2-float32-d384-t256-15cbc84ba4ac603f",
    ]
    static let metrics = """
        # HELP contextd_searches_total Searches, including those for context, by mode and outcome.
        # TYPE contextd_searches_total counter
        contextd_searches_total{mode="dense",outcome="ok"} 2

        """
}

extension APIExample {
    private static func with(_ value: JSONValue, _ members: JSONObject) -> JSONValue {
        var object = value.objectValue ?? [:]
        for (name, member) in members { object[name] = member }
        return .object(object)
    }

    private static func chunk(_ kind: String, _ choice: JSONValue) -> JSONValue {
        ["id": "cmpl-hx41", "object": .string(kind), "created": 1_795_910_400, "model": "extractive", "choices": [choice]]
    }

    private static func completion(_ kind: String, _ choice: JSONValue) -> JSONValue {
        with(chunk(kind, choice), ["usage": usageOfAnswer, "citations": [citation]])
    }

    private static func stream(_ chunk: JSONValue) -> String { "data: \(chunk)\n\ndata: [DONE]\n\n" }
}
