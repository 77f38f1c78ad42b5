import Foundation
import JSON
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

/// Valid JSON designed to keep a server busy or to fill its memory.
@Suite(.timeLimit(.minutes(10))) struct HostileJSONTests {
    private static let marks = ["\u{301}", "\u{323}", "\u{327}", "\u{334}", "\u{345}", "\u{35C}", "\u{5B0}", "\u{94D}"]

    /// Members whose keys are equal as `String`s, in as many orders of the same marks.
    private static func equivalentKeys(_ count: Int) -> [String] {
        (0..<count).map { number in
            var (rest, left, key) = (number, marks, "a")
            for place in stride(from: left.count, to: 0, by: -1) {
                key += left.remove(at: rest % place)
                rest /= place
            }
            return key + String(rest)
        }
    }

    private static func flood(bytes: Int) -> String {
        let keys = equivalentKeys(bytes / 24)
        return "{" + keys.map { "\"\($0)\":0" }.joined(separator: ",") + "}"
    }

    /// Requests that would take minutes with `String`'s hash and comparison complete within the time limit; health responds meanwhile.
    @Test(.timeLimit(.minutes(10))) func bodiesOfEquivalentKeysAndLongRunsAreAnswered() async throws {
        let server = try await RunningServer.start(.process)
        let client = try await server.client(tenant: "a")
        let run = "a" + String(repeating: "\u{301}\u{323}", count: 900_000)
        let flood = Self.flood(bytes: 4_000_000)
        let bodies = [
            flood, #"{"query":"x","filter":\#(flood)}"#, #"{"query":"x","mode":"\#(run)"}"#, #"{"query":"\#(run)"}"#, #"{"\#(run)":1}"#,
            #"{"query":"x","filter":{"key":"k","op":"eq","value":"\#(run)"}}"#,
            #"{"query":"x","filter":{"key":"k","op":"\#(run)","value":1}}"#,
        ]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for body in bodies {
                group.addTask {
                    let answer = try await client.send(.POST, "/v1/search", Array(body.utf8), type: "application/json")
                    #expect([200, 400, 413].contains(answer.status), "\(answer.text.prefix(300))")
                }
            }
            for (path, body) in [
                ("/v1/embeddings", #"{"input":"x","model":"\#(run)"}"#), ("/v1/chat/completions", #"{"messages":[{"role":"\#(run)"}]}"#),
                ("/v1/documents", #"{"text":"x","url":"\#(run)"}"#), ("/v1/documents", #"{"text":"x","title":"\#(run)"}"#),
                ("/v1/documents", #"{"text":"x","metadata":\#(flood)}"#), ("/v1/documents", #"{"text":"x","id":"\#(run)"}"#),
                ("/api/mcp/query", #"{"query":"x","model":"\#(run)"}"#),
            ] {
                group.addTask {
                    let answer = try await client.send(.POST, path, Array(body.utf8), type: "application/json")
                    #expect((400..<500).contains(answer.status), "\(path): \(answer.text.prefix(300))")
                }
            }
            for _ in 0..<20 { #expect(try await client.get("/health/live").status == 200) }
            try await group.waitForAll()
        }
        #expect(await server.stop() == 0)
    }

    @Test func whatABodyMayHoldIsBoundedAndSet() async throws {
        let server = try await RunningServer.start(
            .process,
            options: [
                "--set", "json.values=1000", "--set", "json.members=20", "--set", "json.depth=8", "--set", "metadata.values=5", "--set",
                "metadata.depth=2", "--set", "metadata.bytes=100",
            ])
        let client = try await server.client(tenant: "a")
        func code(_ body: String, _ path: String = "/v1/search") async throws -> String {
            let answer = try await client.send(.POST, path, Array(body.utf8), type: "application/json")
            return "\(answer.status) \(answer.code ?? answer.json["error"]?["code"]?.stringValue ?? "")"
        }
        let members = (0..<21).map { "\"k\($0)\":0" }.joined(separator: ",")
        #expect(try await code("[\(String(repeating: "0,", count: 1000))0]") == "413 json_too_large")
        #expect(try await code("{\(members)}") == "413 json_too_large")
        #expect(try await code(String(repeating: "[", count: 9)) == "400 invalid_json")
        #expect(try await code(#"{"query":"x"}"#) == "200 ")
        for (metadata, rule) in [
            (#"{"a":[1,2,3,4,5]}"#, "5 values"), (#"{"a":{"b":{"c":1}}}"#, "2 arrays and objects"),
            (#"{"a":"\#(String(repeating: "x", count: 100))"}"#, "100 bytes"),
        ] {
            let answer = try await client.send(
                .POST, "/v1/documents", Array(#"{"text":"x","metadata":\#(metadata)}"#.utf8), type: "application/json")
            #expect(answer.status == 400 && answer.code == "invalid_request" && answer.text.contains(rule), "\(answer.text)")
        }
        let lines = "{\"text\":\"one\",\"metadata\":{\"a\":[1,2,3,4]}}\n{\"text\":\"two\",\"metadata\":{\"a\":[1,2,3,4,5]}}\n{\(members)}\n"
        let imported = try await client.send(.POST, "/v1/documents/import", Array(lines.utf8), type: "application/x-ndjson")
        #expect(imported.lines.last?["processed"] == 1 && imported.lines.last?["failed"] == 2, "\(imported.text)")
        #expect(await server.stop() == 0)
    }

    /// Accepted hostile metadata does not slow later searches.
    @Test(.timeLimit(.minutes(10))) func searchesOverHostileMetadataStayQuick() async throws {
        let server = try await RunningServer.start(.process)
        let client = try await server.client(tenant: "a")
        var metadata = JSONObject()
        for key in Self.equivalentKeys(1_200) { metadata.append(key, .string("a" + String(repeating: "\u{301}\u{323}", count: 4))) }
        for number in 0..<40 {
            let body: JSONValue = ["id": .string("d\(number)"), "text": .string("pump number \(number)"), "metadata": .object(metadata)]
            #expect(try await client.post("/v1/documents?wait=true", body).status == 200)
        }
        let filter: JSONValue = [
            "key": "a\u{301}\u{323}", "op": "ne", "value": .string("a" + String(repeating: "\u{323}\u{301}", count: 4)),
        ]
        for _ in 0..<5 {
            #expect(try await client.found("pump", extra: ["mode": "lexical", "filter": filter]).count == 10)
            #expect(try await client.found("pump", extra: ["mode": "lexical"]).count == 10)
        }
        #expect(await server.stop() == 0)
    }
}
