import HTTPTypes
import JSON

/// The HTTP interface in OpenAPI 3.1, made of the descriptions with which the routes are registered.
enum OpenAPIDocument {
    /// - Parameter routes: method, path and description of each route; a path parameter is written as `:id`.
    static func value(_ routes: [(method: HTTPRequest.Method, path: String, operation: APIOperation)]) -> JSONValue {
        let paths = JSONValue.object(paths(routes))
        return [
            "openapi": "3.1.0", "info": info,
            "servers": [
                [
                    "url": "{scheme}://{address}",
                    "variables": [
                        "scheme": ["default": "http", "enum": ["http", "https"]],
                        "address": ["default": "127.0.0.1:8080", "description": "host and port of the server, or of the proxy before it"],
                    ],
                ]
            ],
            "security": [["key": []]], "tags": APITag.all, "paths": paths,
            "components": [
                "securitySchemes": [
                    "key": [
                        "type": "http", "scheme": "bearer", "bearerFormat": "ctx_<key id>_<secret>",
                        "description": "An API key. It gives access to one tenant, and has the scopes `read`, `write` or both.",
                    ]
                ],
                "schemas": .object(schemas(routes)), "headers": APIHeader.components,
                "responses": APIError.components(used: references(in: paths)),
            ],
        ]
    }

    private static func schemas(_ routes: [(method: HTTPRequest.Method, path: String, operation: APIOperation)]) -> JSONObject {
        routes.reduce(into: APISchema.all) { all, route in for (name, schema) in route.operation.schemas { all[name] = schema } }
    }

    private static let info: JSONValue = [
        "title": "contextd", "version": .string(ContextdVersion.current),
        "summary": "Stores documents, searches them and answers questions from them.",
        "description": """
        All data belongs to the tenant of the key. Bodies are JSON in UTF-8; limits of strings count bytes of UTF-8 where the \
        description says so. Errors are problem documents (RFC 9457), and have OpenAI's format on the routes of its API.
        """,
        "license": ["name": "Apache License 2.0", "identifier": "Apache-2.0"],
    ]

    private static func paths(_ routes: [(method: HTTPRequest.Method, path: String, operation: APIOperation)]) -> JSONObject {
        var paths: JSONObject = [:]
        for (method, path, operation) in routes {
            let template = path.split(separator: "/").map { $0.first == ":" ? "/{\($0.dropFirst())}" : "/\($0)" }.joined()
            var methods = paths[template]?.objectValue ?? [:]
            methods[method.rawValue.lowercased()] = operation.json(ErrorFormat(path: path))
            paths[template] = .object(methods)
        }
        return paths
    }

    private static func references(in value: JSONValue) -> Set<String> {
        let inside = value.objectValue?.map(\.value) ?? value.arrayValue ?? []
        return inside.reduce(into: Set([value["$ref"]?.stringValue].compactMap(\.self))) { $0.formUnion(references(in: $1)) }
    }
}
