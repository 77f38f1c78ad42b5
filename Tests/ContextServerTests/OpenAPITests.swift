import JSON
import Testing

/// The form of the document.
@Suite(.timeLimit(.minutes(5))) struct OpenAPITests {
    @Test func everySchemaIsDefinedAndUsed() async throws {
        let document = try await Self.document()
        let components = try #require(document["components"]?.objectValue)
        for kind in ["schemas", "responses", "headers"] {
            let defined = Set((components[kind]?.objectValue?.keys ?? []).map { "#/components/\(kind)/\($0)" })
            #expect(Self.references(in: document).filter { $0.hasPrefix("#/components/\(kind)/") } == defined)
        }
    }

    @Test func aPathDeclaresItsParameters() async throws {
        for (name, operation) in Self.operations(of: try await Self.document()) {
            let path = name.split(separator: " ")[1]
            let wanted = path.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
            let parameters = operation["parameters"]?.arrayValue ?? []
            #expect(parameters.filter { $0["in"] == "path" && $0["required"] == true }.map { $0["name"]?.stringValue } == wanted, "\(name)")
            for parameter in parameters {
                #expect(parameter["schema"]?["type"] != nil && parameter["description"]?.stringValue?.isEmpty == false, "\(name)")
            }
        }
    }

    /// Generators name functions after the ids, so an id that changes breaks programs.
    @Test func operationsHaveStableNames() async throws {
        let document = try await Self.document()
        let operations = Self.operations(of: document)
        let ids = operations.mapValues { $0["operationId"]?.stringValue }
        #expect(ids == Self.ids)
        let tags = document["tags"]?.arrayValue ?? []
        let described = tags.filter { $0["description"]?.stringValue?.isEmpty == false }.compactMap { $0["name"]?.stringValue }
        #expect(Set(operations.values.compactMap { $0["tags"]?.arrayValue?.first?.stringValue }) == Set(described))
        #expect(operations.values.allSatisfy { $0["summary"]?.stringValue?.isEmpty == false })
    }

    private static let ids: [String: String?] = [
        "get /openapi.json": "getOpenApiDocument", "get /health/live": "getLiveness", "get /health/ready": "getReadiness",
        "get /metrics": "getMetrics", "post /v1/documents": "uploadDocument", "put /v1/documents/{id}": "putDocument",
        "post /v1/documents/import": "importDocuments", "get /v1/documents": "listDocuments", "get /v1/documents/{id}": "getDocument",
        "get /v1/documents/{id}/content": "getDocumentContent", "delete /v1/documents/{id}": "deleteDocument",
        "get /v1/documents/{id}/original": "getDocumentOriginal",
        "get /v1/jobs": "listJobs", "get /v1/jobs/{id}": "getJob", "get /v1/jobs/{id}/events": "streamJobEvents",
        "delete /v1/jobs/{id}": "cancelJob",
        "post /v1/jobs/{id}/retry": "retryJob", "post /v1/search": "search", "get /v1/index/stats": "getIndexStatistics",
        "get /v1/usage": "getUsage", "post /v1/embeddings": "createEmbeddings", "get /v1/models": "listModels",
        "get /v1/models/{id}": "getModel", "post /v1/chat/completions": "createChatCompletion",
        "post /v1/completions": "createCompletion", "post /api/mcp/query": "answerQuestion", "get /api/mcp/stream": "streamAnswer",
        "post /mcp": "sendMcpMessage",
    ]

    @Test func errorsHaveTheFormatOfTheirRoute() async throws {
        let document = try await Self.document()
        for (name, operation) in Self.operations(of: document) {
            let path = name.split(separator: " ")[1]
            let hasOwnFormat = ["/v1/models", "/v1/chat", "/v1/completions", "/v1/embeddings", "/mcp"].contains { path.hasPrefix($0) }
            for (status, response) in operation["responses"]?.objectValue ?? [:] where status >= "400" && response["$ref"] != nil {
                let reference = try #require(response["$ref"]?.stringValue)
                let contents = SchemaValidator(document: document).resolved(reference)["content"]?.objectValue
                #expect(contents?.keys == [hasOwnFormat ? "application/json" : "application/problem+json"], "\(name) \(status)")
            }
            #expect(operation["responses"]?["default"] != nil, "\(name)")
        }
    }

    /// Bodies and responses in JSON have an example, and all examples have their schema.
    @Test func examplesHaveTheirSchema() async throws {
        let validator = SchemaValidator(document: try await Self.document())
        for (name, operation) in Self.operations(of: validator.document) {
            let bodies = [operation["requestBody"]].compactMap(\.self)
            let responses = (operation["responses"]?.objectValue ?? [:]).map { _, response in
                response["$ref"]?.stringValue.map(validator.resolved) ?? response
            }
            for content in (bodies + responses).compactMap({ $0["content"]?.objectValue }) {
                for (type, media) in content where type.hasSuffix("json") {
                    guard let example = media["example"] else { continue }
                    #expect(validator.problems(example, media["schema"] ?? [:]) == [], "\(name)")
                }
            }
            let main = bodies.compactMap { $0["content"]?["application/json"] }
            #expect(main.allSatisfy { $0["example"] != nil }, "\(name)")
            for parameter in operation["parameters"]?.arrayValue ?? [] {
                guard let example = parameter["example"] else { continue }
                #expect(validator.problems(example, parameter["schema"] ?? [:]) == [], "\(name)")
            }
        }
    }

    private static func document() async throws -> JSONValue {
        let server = try await RunningServer.start()
        return try await TestClient(base: server.base, key: nil).get("/openapi.json").json
    }

    /// The operations by method and path.
    private static func operations(of document: JSONValue) -> [String: JSONValue] {
        var operations: [String: JSONValue] = [:]
        for (path, methods) in document["paths"]?.objectValue ?? [:] {
            for (method, operation) in methods.objectValue ?? [:] { operations["\(method) \(path)"] = operation }
        }
        return operations
    }

    private static func references(in value: JSONValue) -> Set<String> {
        let inside = value.objectValue?.map(\.value) ?? value.arrayValue ?? []
        return inside.reduce(into: Set([value["$ref"]?.stringValue].compactMap(\.self))) { $0.formUnion(references(in: $1)) }
    }
}
