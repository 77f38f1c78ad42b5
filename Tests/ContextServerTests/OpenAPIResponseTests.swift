import JSON
import Testing

/// Real responses of each operation, compared with the OpenAPI document: status, headers, content type, schema and code.
@Suite(.timeLimit(.minutes(5))) struct OpenAPIResponseTests {
    /// Every operation succeeds as the document says.
    @Test func successesAreAsDescribed() async throws {
        let described = try await DescribedServer()
        let client = try await described.server.client(tenant: "a")
        try await Self.write(described, client)
        try await Self.read(described, client)
        try await Self.ask(described, client)
        let open = TestClient(base: described.server.base, key: nil)
        for id in ["getLiveness", "getReadiness", "getMetrics", "getOpenApiDocument"] { try await described.send(id, open, status: 200) }
        let succeeded = described.statuses.filter { $0.value.contains { $0 < 300 } }.keys
        // No job fails here for a reason that a retry removes.
        #expect(Set(described.operations.keys).subtracting(succeeded) == ["cancelJob", "retryJob"])
    }

    private static func write(_ described: DescribedServer, _ client: TestClient) async throws {
        let new: JSONValue = ["id": "tides", "title": "Tides", "text": "High water is at six.", "metadata": ["year": 2026]]
        _ = try await described.send("uploadDocument", client, query: "?wait=true", json: new, status: 200)
        let accepted = try await described.send("uploadDocument", client, json: ["text": "Low water is at noon."], status: 202)
        let job = accepted.json["job_id"]?.stringValue ?? ""
        try await described.send("streamJobEvents", client, path: ["id": job], status: 200)
        try await described.send("getJob", client, path: ["id": job], status: 200)
        let form = [
            "--b", #"Content-Disposition: form-data; name="file"; filename="fog.md""#, "", "# Fog\n\nThe horn sounds.", "--b",
            #"Content-Disposition: form-data; name="id""#, "", "fog", "--b--", "",
        ].joined(separator: "\r\n")
        try await described.send(
            "uploadDocument", client, query: "?wait=true", body: Array(form.utf8), type: "multipart/form-data; boundary=b", status: 200)
        try await described.send(
            "putDocument", client, path: ["id": "notes%2Ffog.md"], query: "?wait=true", body: Array("# Fog".utf8), type: "text/markdown",
            status: 200)
        _ = try await described.send("putDocument", client, path: ["id": "tides"], json: new, status: 202)
        let lines = #"{"_id":"bread","text":"A loaf of bread is baked for forty minutes."}"# + "\nnot json\n"
        try await described.send("importDocuments", client, body: Array(lines.utf8), type: "application/x-ndjson", status: 200)
    }

    private static func read(_ described: DescribedServer, _ client: TestClient) async throws {
        try await described.send("listDocuments", client, query: "?limit=2", status: 200)
        try await described.send("listJobs", client, query: "?limit=2&status=ready", status: 200)
        for id in ["getDocument", "getDocumentContent"] { try await described.send(id, client, path: ["id": "bread"], status: 200) }
        try await described.send("getDocumentOriginal", client, path: ["id": "notes%2Ffog.md"], status: 200)
        for mode in ["hybrid", "dense", "lexical"] {
            let filter: JSONValue = ["or": [["key": "year", "op": "gt", "value": 1], ["key": "year", "op": "nin", "value": [7, "x"]]]]
            _ = try await described.send(
                "search", client, json: ["query": "water", "mode": .string(mode), "explain": true, "filter": filter], status: 200)
        }
        try await described.send("getIndexStatistics", client, status: 200)
        try await described.send("deleteDocument", client, path: ["id": "fog"], status: 204)
        for format in ["float", "base64"] {
            _ = try await described.send(
                "createEmbeddings", client, json: ["model": "all-MiniLM-L6-v2", "input": ["a", "b"], "encoding_format": .string(format)],
                status: 200)
        }
        try await described.send("listModels", client, status: 200)
        try await described.send("getModel", client, path: ["id": "extractive"], status: 200)
        let ping: JSONValue = ["jsonrpc": "2.0", "id": 1, "method": "tools/list"]
        let version = [("MCP-Protocol-Version", "2025-11-25"), ("Accept", "application/json, text/event-stream")]
        _ = try await described.send("sendMcpMessage", client, json: ping, headers: version, status: 200)
        let notice: JSONValue = ["jsonrpc": "2.0", "method": "notifications/initialized"]
        _ = try await described.send("sendMcpMessage", client, json: notice, headers: version, status: 202)
    }

    private static func ask(_ described: DescribedServer, _ client: TestClient) async throws {
        let question = "How long is bread baked?"
        for isStream in [false, true] {
            let chat: JSONValue = [
                "messages": [["role": "user", "content": .string(question)]], "stream": .bool(isStream),
                "stream_options": ["include_usage": true],
            ]
            _ = try await described.send("createChatCompletion", client, json: chat, status: 200)
            let prompt: JSONValue = ["prompt": .string(question), "stream": .bool(isStream)]
            _ = try await described.send("createCompletion", client, json: prompt, status: 200)
        }
        _ = try await described.send("answerQuestion", client, json: ["query": .string(question)], status: 200)
        try await described.send("streamAnswer", client, query: "?query=How+long+is+bread+baked", status: 200)
        for query in ["", "?group_by=day,model", "?group_by=hour,key,outcome&limit=1"] {
            try await described.send("getUsage", client, query: query, status: 200)
        }
    }

    /// Every operation that needs a key refuses a wrong one as the document says, in the format of its route.
    @Test func aWrongKeyIsRefusedAsDescribed() async throws {
        let described = try await DescribedServer()
        let stranger = TestClient(base: described.server.base, key: "ctx_wrong_key")
        for (id, operation) in described.operations where operation.value["security"] == nil {
            try await described.send(id, stranger, path: ["id": "x"], query: id == "streamAnswer" ? "?query=x" : "", status: 401)
        }
    }

    /// The errors that a client can cause, each with its code.
    @Test func errorsAreAsDescribed() async throws {
        let described = try await DescribedServer(options: ["--max-document-bytes", "1000"])
        let client = try await described.server.client(tenant: "a")
        let reader = try await described.server.client(tenant: "a", scopes: "read")
        let id = ["id": "nothing"]
        for operation in [
            "getDocument", "getDocumentContent", "getDocumentOriginal", "deleteDocument", "getJob",
            "streamJobEvents", "cancelJob", "retryJob", "getModel",
        ] {
            try await described.send(operation, client, path: id, status: 404)
        }
        for (operation, query) in [
            ("listDocuments", "?limit=0"), ("listDocuments", "?cursor=!"), ("listJobs", "?status=lost"),
            ("getUsage", "?from=x"), ("getUsage", "?group_by=x"),
            ("streamAnswer", "?query="), ("streamAnswer", ""), ("uploadDocument", "?wait=perhaps"),
        ] {
            try await described.send(operation, client, query: query, status: 400)
        }
        let bodies = ["uploadDocument", "search", "createEmbeddings", "createChatCompletion", "createCompletion", "answerQuestion"]
        for operation in bodies {
            try await described.send(operation, client, body: Array("{".utf8), type: "application/json", status: 400)
            try await described.send(operation, client, body: Array("{}".utf8), type: "application/json", status: 400)
            try await described.send(operation, client, body: Array("{}".utf8), type: "image/png", status: 415)
        }
        for operation in ["search", "uploadDocument", "answerQuestion"] {
            let unknown: JSONValue = ["query": "x", "text": "x", "unknown": 1]
            _ = try await described.send(operation, client, json: unknown, status: 400)
        }
        for operation in ["createEmbeddings", "createChatCompletion"] {
            let body: JSONValue = ["model": "nothing", "input": "x", "messages": [["role": "user", "content": "x"]]]
            _ = try await described.send(operation, client, json: body, status: 404)
        }
        _ = try await described.send("uploadDocument", client, json: ["text": " "], status: 422)
        try await described.send(
            "uploadDocument", client, body: Array("--b--".utf8), type: "multipart/form-data; boundary=b", status: 400)
        let large = Array(repeating: UInt8(ascii: "x"), count: 1001)
        try await described.send("putDocument", client, path: id, body: large, type: "text/plain", status: 413)
        try await described.send(
            "putDocument", client, path: id, query: "?wait=true", body: Array("\u{7F}ELF".utf8), type: "text/plain", status: 415)
        for operation in ["uploadDocument", "importDocuments", "deleteDocument"] {
            try await described.send(operation, reader, path: id, body: Array("{}".utf8), type: "application/json", status: 403)
        }
        for body in ["{", "[]", "7", "{}"] {
            try await described.send("sendMcpMessage", client, body: Array(body.utf8), type: "application/json", status: 400)
        }
        try await described.send("sendMcpMessage", client, body: [], type: "text/plain", status: 415)
    }
}
