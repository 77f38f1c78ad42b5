import HTTPTypes
import JSON

/// The HTTP interface in OpenAPI 3.1, made of the descriptions with which the routes are registered.
enum OpenAPIDocument {
    /// - Parameter routes: method, path and description of each route; a path parameter is written as `:id`.
    static func value(_ routes: [(method: HTTPRequest.Method, path: String, operation: APIOperation)]) -> JSONValue {
        var paths: JSONObject = [:]
        for (method, path, operation) in routes {
            let segments = path.split(separator: "/")
            let template = segments.map { $0.first == ":" ? "/{\($0.dropFirst())}" : "/\($0)" }.joined()
            var methods = paths[template]?.objectValue ?? [:]
            methods[method.rawValue.lowercased()] = operation.json(
                pathParameters: segments.filter { $0.first == ":" }.map { String($0.dropFirst()) })
            paths[template] = .object(methods)
        }
        return [
            "openapi": "3.1.0",
            "info": [
                "title": "contextd", "version": .string(ContextdVersion.current),
                "description": "Stores documents, searches them and answers questions from them. All data belongs to the tenant of the key.",
                "license": ["name": "Apache-2.0", "identifier": "Apache-2.0"],
            ],
            "security": [["key": []]],
            "paths": .object(paths),
            "components": [
                "securitySchemes": [
                    "key": ["type": "http", "scheme": "bearer", "description": "API key of the form ctx_<key id>_<secret>"]
                ],
                "schemas": APISchema.all,
                "responses": ["Problem": ["description": "error details", "content": ["application/problem+json": .schema("Problem")]]],
            ],
        ]
    }
}
