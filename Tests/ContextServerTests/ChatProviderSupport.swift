import Foundation
import JSON
import ScriptedUpstream
import TestSupport
import Testing

/// A server whose models use a scripted provider.
struct ScriptedModels: Sendable {
    let upstream: ScriptedUpstream
    let server: RunningServer
    let client: TestClient

    /// - Parameter models: names, protocols, and seconds for both timeouts.
    static func serve(
        on place: RunningServer.Place = .task,
        models: [(name: String, wire: ScriptedProtocol, seconds: Int)] = ScriptedProtocol.allCases.map { ($0.rawValue, $0, 60) },
        _ script: @escaping ScriptedUpstream.Script, _ body: @escaping @Sendable (ScriptedModels) async throws -> Void
    ) async throws {
        try await ScriptedUpstream.serve(script) { upstream in
            let folder = try TestPaths.scratch("models")
            try "sk-provider-secret".write(to: folder.appending(path: "provider.key"), atomically: true, encoding: .utf8)
            var settings = JSONObject()
            for (name, wire, seconds) in models {
                settings[name] = [
                    "provider": .string(wire.rawValue.lowercased()), "model": "upstream-model", "base_url": .string(upstream.base),
                    "api_key_file": "provider.key", "first_token_seconds": .init(seconds), "idle_seconds": .init(seconds),
                    // The breaker is off, so that each failure is visible regardless of earlier ones.
                    "breaker_failures": 0,
                ]
            }
            try JSONValue.object(["completions": ["models": .object(settings), "cache": ["memory": 0]]]).description.write(
                to: folder.appending(path: "contextd.json"), atomically: true, encoding: .utf8)
            let server = try await RunningServer.start(place, folder: folder)
            try await body(ScriptedModels(upstream: upstream, server: server, client: try await server.client(tenant: "t")))
            withExtendedLifetime(server) {}
        }
    }

    func ask(_ model: String, _ question: String, _ extra: JSONObject = [:]) async throws -> TestClient.Answer {
        try await client.post("/v1/chat/completions", Self.body(model, question, extra))
    }

    static func body(_ model: String, _ question: String, _ extra: JSONObject = [:]) -> JSONValue {
        var body: JSONObject = ["model": .string(model), "messages": [["role": "user", "content": .string(question)]]]
        for (name, value) in extra { body[name] = value }
        return .object(body)
    }

    /// Waits until the server has at most `count` sockets, and sends it requests in between, a bounded number of times.
    func untilSockets(_ count: Int) async throws -> Bool {
        for _ in 0..<20_000 {
            if server.openSockets <= count { return true }
            _ = try await client.get("/health/live")
        }
        return false
    }
}

/// The events of a streamed completion, including one that is interrupted.
struct ChatStreamEvents {
    private(set) var text = ""
    private(set) var error: JSONValue?
    private(set) var isDone = false

    init(_ body: [UInt8]) throws {
        for line in String(decoding: body, as: UTF8.self).split(separator: "\n\n") {
            #expect(!isDone && error == nil, "an event after the end")
            let data = line.dropFirst("data: ".count)
            if data == "[DONE]" {
                isDone = true
                continue
            }
            let value = try JSONValue(parsing: String(data))
            text += value["choices"]?[0]?["delta"]?["content"]?.stringValue ?? ""
            error = value["error"]
        }
    }
}
