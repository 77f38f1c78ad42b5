import JSON
import NIOHTTP1
import Synchronization
import Testing

/// A running server and its OpenAPI document: each response is compared with what the document says of its operation.
final class DescribedServer: Sendable {
    let server: RunningServer
    let document: JSONValue
    /// The operations, with path and method, by id.
    let operations: [String: (path: String, method: String, value: JSONValue)]
    /// The statuses that each operation has returned.
    private let returned = Mutex([String: Set<Int>]())

    init(options: [String] = []) async throws {
        server = try await RunningServer.start(options: options)
        document = try await TestClient(base: server.base, key: nil).get("/openapi.json").json
        operations = Dictionary(
            (document["paths"]?.objectValue ?? [:]).flatMap { path, methods in
                (methods.objectValue ?? [:]).map { method, value in (value["operationId"]?.stringValue ?? "", (path, method, value)) }
            }, uniquingKeysWith: { $1 })
    }

    var statuses: [String: Set<Int>] { returned.withLock(\.self) }

    /// Sends a request of an operation and compares the response with the document.
    ///
    /// - Parameters:
    ///   - path: values of the parameters in the path, percent-encoded.
    ///   - status: the expected status.
    @discardableResult
    func send(
        _ id: String, _ client: TestClient, path: [String: String] = [:], query: String = "", body: [UInt8]? = nil,
        type: String? = nil, headers: [(String, String)] = [], status: Int, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> TestClient.Answer {
        let operation = try #require(operations[id], "no operation \(id)", sourceLocation: sourceLocation)
        let target = path.reduce(operation.path) { $0.replacing("{\($1.key)}", with: $1.value) }
        let method = HTTPMethod(rawValue: operation.method.uppercased())
        let answer = try await client.send(method, target + query, body, type: type, headers: headers)
        #expect(answer.status == status, "\(id): \(answer.text)", sourceLocation: sourceLocation)
        #expect(problems(of: answer, id) == [], "\(id) \(answer.status): \(answer.text.prefix(400))", sourceLocation: sourceLocation)
        returned.withLock { _ = $0[id, default: []].insert(answer.status) }
        return answer
    }

    func send(
        _ id: String, _ client: TestClient, path: [String: String] = [:], query: String = "", json: JSONValue,
        headers: [(String, String)] = [], status: Int, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> TestClient.Answer {
        try await send(
            id, client, path: path, query: query, body: json.serialized(), type: "application/json", headers: headers, status: status,
            sourceLocation: sourceLocation)
    }

    /// Returns what the document does not say of a response.
    func problems(of answer: TestClient.Answer, _ id: String) -> [String] {
        let validator = SchemaValidator(document: document)
        guard var response = operations[id]?.value["responses"]?["\(answer.status)"] else { return ["status \(answer.status)"] }
        if let name = response["$ref"]?.stringValue { response = validator.resolved(name) }
        var found = (response["headers"]?.objectValue ?? [:]).flatMap { name, header -> [String] in
            let header = header["$ref"]?.stringValue.map(validator.resolved) ?? header
            guard let value = answer.headers.first(name: name) else { return header["required"] == true ? ["no header \(name)"] : [] }
            let typed = header["schema"]?["type"] == "integer" ? JSONValue(Int(value) ?? -1) : .string(value)
            return validator.problems(typed, header["schema"] ?? [:], at: name)
        }
        guard let contents = response["content"]?.objectValue else { return found + (answer.body.isEmpty ? [] : ["a body"]) }
        let type = answer.headers.first(name: "content-type")?.split(separator: ";").first.map(String.init) ?? ""
        guard let content = contents[type] ?? contents["application/octet-stream"] else { return found + ["content type \(type)"] }
        if type == "application/json" || type.hasSuffix("+json") {
            found += validator.problems(answer.json, content["schema"] ?? [:])
            if let code = answer.json["code"]?.stringValue ?? answer.json["error"]?["code"]?.stringValue,
                response["description"]?.stringValue?.contains("`\(code)`") != true
            {
                found.append("code \(code)")
            }
        }
        for item in items(of: answer, type) { found += validator.problems(item, content["x-item-schema"] ?? [:]) }
        return found
    }

    /// The parts of a stream.
    private func items(of answer: TestClient.Answer, _ type: String) -> [JSONValue] {
        switch type {
        case "application/x-ndjson": answer.lines
        case "text/event-stream":
            answer.text.split(separator: "\n").filter { $0.hasPrefix("data: ") && $0 != "data: [DONE]" }.map {
                (try? JSONValue(parsing: Array($0.dropFirst(6).utf8))) ?? .null
            }
        default: []
        }
    }
}
