import JSON
import NIOHTTP1
import Testing

/// Integers beyond 64 bits in metadata and filters, through the server.
@Suite(.timeLimit(.minutes(10))) struct BigIntegerTests {
    static let numbers = [
        "11679230632388718523", "9223372036854775808", "123456789012345678901234567891", "9223372036854775807", "18446744073709551615",
        "-9223372036854775809", "-9223372036854775808",
    ]

    private func store(_ id: String, _ metadata: String, _ client: TestClient) async throws {
        let body = #"{"id":"\#(id)","text":"The kettle of \#(id) is here.","metadata":\#(metadata)}"#
        let made = try await client.send(.POST, "/v1/documents?wait=true", Array(body.utf8), type: "application/json")
        #expect(made.status == 200, "\(made.text)")
    }

    private func found(_ filter: String, _ client: TestClient) async throws -> [String] {
        let body = #"{"query":"kettle","mode":"dense","limit":50,"filter":\#(filter)}"#
        let answer = try await client.send(.POST, "/v1/search", Array(body.utf8), type: "application/json")
        #expect(answer.status == 200, "\(answer.text)")
        return (answer.json["results"]?.arrayValue ?? []).compactMap { $0["document_id"]?.stringValue }.sorted()
    }

    @Test func theyKeepTheirDigits() async throws {
        let server = try await RunningServer.start()
        defer { withExtendedLifetime(server) {} }
        let client = try await server.client(tenant: "t")
        for (place, number) in Self.numbers.enumerated() {
            let metadata = #"{"h":\#(number),"list":[1,\#(number)],"deep":{"n":\#(number)}}"#
            try await store("d\(place)", metadata, client)
            let document = try await client.get("/v1/documents/d\(place)")
            #expect(document.text.contains(#""metadata":\#(metadata)"#), "\(document.text)")
            #expect(try await found(#"{"key":"h","op":"eq","value":\#(number)}"#, client) == ["d\(place)"])
            #expect(try await found(#"{"key":"list","op":"in","value":[\#(number)]}"#, client) == ["d\(place)"])
        }
        let line = #"{"id":"imported","text":"The kettle is imported.","metadata":{"h":11679230632388718000}}"#
        let imported = try await client.send(.POST, "/v1/documents/import", Array(line.utf8), type: "application/x-ndjson")
        #expect(imported.lines.last?["processed"] == 1, "\(imported.text)")
        #expect(try await client.get("/v1/documents/imported").text.contains(#"{"h":11679230632388718000}"#))
    }

    @Test func filtersCompareThemExactly() async throws {
        let server = try await RunningServer.start()
        defer { withExtendedLifetime(server) {} }
        let client = try await server.client(tenant: "t")
        try await store("first", #"{"h":11679230632388718523}"#, client)
        try await store("second", #"{"h":11679230632388718000}"#, client)
        try await store("small", #"{"h":5}"#, client)
        let rows: [(op: String, value: String, ids: [String])] = [
            ("eq", "11679230632388718523", ["first"]), ("gt", "11679230632388718000", ["first"]), ("lt", "6", ["small"]),
            ("lte", "11679230632388718000", ["second", "small"]), ("ne", "11679230632388718523", ["second", "small"]),
            ("gte", "11679230632388718000", ["first", "second"]), ("in", "[5,11679230632388718000]", ["second", "small"]),
            ("nin", "[11679230632388718523]", ["second", "small"]), ("gt", "9223372036854775807", ["first", "second"]),
            ("gt", "123456789012345678901234567891", []), ("gt", "-9223372036854775809", ["first", "second", "small"]),
            ("lt", "1.2e19", ["first", "second", "small"]),
        ]
        for (op, value, ids) in rows {
            #expect(try await found(#"{"key":"h","op":"\#(op)","value":\#(value)}"#, client) == ids, "\(op) \(value)")
        }
    }
}
