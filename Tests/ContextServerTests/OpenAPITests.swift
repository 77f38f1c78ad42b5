import JSON
import Testing

@Suite(.timeLimit(.minutes(5))) struct OpenAPITests {
    @Test func everySchemaIsDefinedAndUsed() async throws {
        let server = try await RunningServer.start()
        let document = try await TestClient(base: server.base, key: nil).get("/openapi.json").json
        let schemas = try #require(document["components"]?["schemas"]?.objectValue)
        let references = Self.references(in: document).filter { $0.hasPrefix("#/components/schemas/") }
        #expect(references == Set(schemas.keys.map { "#/components/schemas/\($0)" }))
    }

    @Test func aPathDeclaresItsParameters() async throws {
        let server = try await RunningServer.start()
        let paths = try await TestClient(base: server.base, key: nil).get("/openapi.json").json["paths"]
        let retry = try #require(paths?["/v1/jobs/{id}/retry"]?["post"])
        #expect(retry["parameters"] == [["name": "id", "in": "path", "required": true, "schema": ["type": "string"]]])
        #expect(paths?["/health/live"]?["get"]?["security"] == [])
        #expect(paths?["/openapi.json"] != nil && paths?["/mcp"]?.objectValue?.keys == ["post"])
    }

    private static func references(in value: JSONValue) -> Set<String> {
        let inside = value.objectValue?.map(\.value) ?? value.arrayValue ?? []
        return inside.reduce(into: Set([value["$ref"]?.stringValue].compactMap(\.self))) { $0.formUnion(references(in: $1)) }
    }
}
