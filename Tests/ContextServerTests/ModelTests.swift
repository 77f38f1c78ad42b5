import ContextServer
import Foundation
import JSON
import NIOHTTP1
import TestSupport
import Testing

/// `GET /v1/models`, `GET /v1/models/{id}`, and the errors of paths below `/v1` that are OpenAI's.
@Suite(.timeLimit(.minutes(5))) struct ModelTests {
    /// Starts a server with models of a provider that no test calls.
    private static func server() async throws -> (RunningServer, TestClient) {
        let folder = try TestPaths.scratch("models")
        let settings: JSONValue = ["provider": "openai", "base_url": "http://127.0.0.1:9/v1"]
        let claude: JSONValue = ["provider": "anthropic", "base_url": "http://127.0.0.1:9"]
        try JSONValue.object([
            "completions": [
                "models": ["owner/writer-7b": settings, "claude": claude], "aliases": ["gpt-4o": "owner/writer-7b"],
                "tenants": ["narrow": ["models": ["extractive"]]],
            ]
        ]).description.write(to: folder.appending(path: "contextd.json"), atomically: true, encoding: .utf8)
        let server = try await RunningServer.start(folder: folder)
        return (server, try await server.client(tenant: "t"))
    }

    private static func expectModel(_ model: JSONValue, _ id: String) {
        #expect(model["id"]?.stringValue == id && model["object"] == "model", "\(model)")
        let created = model["created"]?.intValue ?? 0
        #expect(abs(Double(created) - Date().timeIntervalSince1970) < 3600, "\(model)")
        let owner = model["owned_by"]?.stringValue ?? "127.0.0.1"
        #expect(!owner.isEmpty && !owner.contains("127.0.0.1") && !owner.contains(":"), "\(model)")
    }

    @Test func everyListedModelIsFoundByItsName() async throws {
        let (server, client) = try await Self.server()
        defer { withExtendedLifetime(server) {} }
        let list = try await client.get("/v1/models").json
        let names = list["data"]?.arrayValue?.compactMap { $0["id"]?.stringValue } ?? []
        #expect(list["object"] == "list" && Set(names.prefix(2)) == ["owner/writer-7b", "claude"], "\(names)")
        #expect(names.suffix(3) == ["extractive", "gpt-4o", "all-MiniLM-L6-v2"], "\(names)")
        for listed in list["data"]?.arrayValue ?? [] {
            let id = try #require(listed["id"]?.stringValue)
            Self.expectModel(listed, id)
            for path in [id, id.replacing("/", with: "%2F"), id.replacing("-", with: "%2D")] {
                let answer = try await client.get("/v1/models/\(path)")
                #expect(answer.status == 200 && answer.json == listed, "\(path): \(answer.text)")
            }
        }
    }

    @Test func aModelOfOthersIsUnknown() async throws {
        let (server, client) = try await Self.server()
        let narrow = try await server.client(tenant: "narrow")
        #expect(try await narrow.get("/v1/models").json["data"]?.arrayValue?.map { $0["id"] } == ["extractive", "all-MiniLM-L6-v2"])
        let hidden = try await narrow.get("/v1/models/claude")
        let missing = try await narrow.get("/v1/models/nope")
        #expect(hidden.status == 404 && hidden.json["error"] == missing.json["error"], "\(hidden.text)")
        for name in ["nope", "Extractive", "extractive%20", "a/b/c", "owner%2Fnope", "extractive/x"] {
            let answer = try await client.get("/v1/models/\(name)")
            #expect(answer.status == 404 && answer.json["error"]?["code"] == "model_not_found", "\(name): \(answer.text)")
            #expect(answer.json["error"]?["param"] == "model" && answer.json["error"]?["type"] == "invalid_request_error")
        }
    }

    /// Escapes that are not UTF-8 or not escapes, which `HTTPClient` does not send.
    @Test func aNameThatCannotBeDecodedIsUnknown() async throws {
        let (server, client) = try await Self.server()
        for name in ["%FF", "%zz", "a%", "owner/%C3"] {
            try await RawSocket.connect(server.port) { socket in
                let head = ["GET /v1/models/\(name) HTTP/1.1", "Host: 127.0.0.1", "Authorization: Bearer \(client.key ?? "")"]
                try await socket.send(head.joined(separator: "\r\n") + "\r\n\r\n")
                let answer = try await socket.response() ?? ""
                #expect(answer.hasPrefix("HTTP/1.1 404 ") && answer.contains(#""code":"model_not_found""#), "\(name): \(answer)")
            }
        }
    }

    struct Wrong: Sendable {
        let method: HTTPMethod
        let path: String
        var hasKey = true
        let status: Int
    }

    static let wrong = [
        Wrong(method: .GET, path: "/v1/models/extractive", hasKey: false, status: 401),
        Wrong(method: .GET, path: "/v1/models", hasKey: false, status: 401),
        Wrong(method: .POST, path: "/v1/responses", status: 404), Wrong(method: .GET, path: "/v1/files", status: 404),
        Wrong(method: .GET, path: "/v1/assistants", status: 404), Wrong(method: .POST, path: "/v1/moderations", status: 404),
        Wrong(method: .POST, path: "/v1/audio/transcriptions", status: 404), Wrong(method: .GET, path: "/v1/fine_tuning/jobs", status: 404),
        Wrong(method: .POST, path: "/v1/images/generations", hasKey: false, status: 404), Wrong(method: .GET, path: "/v1", status: 404),
        Wrong(method: .GET, path: "/v1/models/", status: 404), Wrong(method: .POST, path: "/v1/models", status: 405),
        Wrong(method: .DELETE, path: "/v1/models/extractive", status: 405), Wrong(method: .GET, path: "/v1/embeddings", status: 405),
        Wrong(method: .DELETE, path: "/v1/models/owner/writer-7b", status: 405), Wrong(method: .GET, path: "/v1/searches", status: 404),
    ]

    @Test func errorsAreInOpenAIsFormat() async throws {
        let (server, client) = try await Self.server()
        defer { withExtendedLifetime(server) {} }
        for wrong in Self.wrong {
            let answer = try await client.with(key: wrong.hasKey ? client.key : nil).send(wrong.method, wrong.path)
            let error = answer.json["error"]?.objectValue ?? [:]
            #expect(answer.status == wrong.status, "\(wrong): \(answer.text)")
            #expect(Set(error.keys).isSuperset(of: ["message", "type", "param", "code"]), "\(wrong): \(answer.text)")
            #expect(answer.headers["content-type"] == ["application/json"], "\(wrong)")
        }
        for path in [
            "/v1/documents/none", "/v1/jobs/none", "/v1/search", "/v1/index/none", "/v1/usage/none", "/v1/documents/", "/v2/files",
        ] {
            let answer = try await client.get(path)
            #expect(answer.headers["content-type"] == ["application/problem+json"] && answer.code != nil, "\(path): \(answer.text)")
        }
    }

    @Test func thePathDecidesTheFormat() {
        for path in ["/v1", "/v1/", "/v1/responses", "/v1/documentsx", "/v1//files", "/v1/threads/a/runs", "//v1/models"] {
            #expect(ErrorFormat(path: path) == .openAI, "\(path)")
        }
        for path in [
            "", "/", "*", "/api/mcp", "/mcps", "/v1/documents", "/v1/documents/a", "/v1/search", "/v1/jobs/x/events", "/v1/index/stats",
            "/v1/usage", "/v10/files", "/api/v1/files", "/api/mcp/query", "/health/live",
        ] {
            #expect(ErrorFormat(path: path) == .problem, "\(path)")
        }
        for path in ["/mcp", "/mcp/", "/mcp/sse", "//mcp"] { #expect(ErrorFormat(path: path) == .jsonRPC, "\(path)") }
    }
}
