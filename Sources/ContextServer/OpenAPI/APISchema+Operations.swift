import Catalog
import JSON

// Usage, MCP, health, and errors.
extension APISchema {
    private static let sums: JSONObject = [
        "requests": count, "prompt_tokens": count, "completion_tokens": count, "total_tokens": count, "cached_tokens": count,
        "retrieved_tokens": count, "estimated_requests": count, "mean_first_token_ms": nullable(number),
        "mean_duration_ms": nullable(number),
    ]

    static let usage: JSONObject = [
        "Usage": object([
            "from": time, "to": time, "data": array(of: ref("UsageRow")), "next_cursor": nullable(string), "total": ref("UsageTotal"),
            "quota": nullable(ref("Quota")),
        ]),
        "UsageTotal": object(sums),
        "UsageRow": usageRow,
        "Quota": object([
            "limit": count, "period": choice(["day", "month", "total"]), "used": count, "reserved": count,
            "left": ["type": "integer", "format": "int64"], "resets_at": nullable(time),
        ]),
    ]

    /// A request, or with `group_by` the sums of a group. Only the tokens are in both.
    private static var usageRow: JSONValue {
        var properties = sums
        for name in UsageGrouping.allCases.map(\.rawValue) { properties[name] = string }
        for name in ["id", "asked_model", "model"] { properties[name] = string }
        properties["started_at"] = time
        properties["outcome"] = choice(UsageOutcome.allCases.map(\.rawValue))
        properties["error"] = nullable(string)
        properties["estimated"] = bool
        for name in ["first_token_ms", "duration_ms"] { properties[name] = nullable(number) }
        let always = ["prompt_tokens", "completion_tokens", "total_tokens", "cached_tokens", "retrieved_tokens"]
        return object(
            properties, optional: properties.keys.filter { !always.contains($0) },
            description: "A request; with `group_by` a group, with its values and its sums.")
    }

    static let protocols: JSONObject = [
        "RPCMessage": [
            "type": "object", "description": "A request of JSON-RPC 2.0, or without `id` a notification.",
            "properties": [
                "jsonrpc": constant("2.0"), "id": ["type": ["string", "integer"]], "method": string,
                "params": described("An object; absent or null if there are none.", [:]),
            ],
            "required": ["jsonrpc", "method"], "additionalProperties": true,
        ],
        "RPCResponse": object(
            [
                "jsonrpc": constant("2.0"), "id": ["type": ["string", "integer", "null"]], "result": anyObject,
                "error": object(["code": ["type": "integer"], "message": string, "data": [:]], optional: ["data"]),
            ], optional: ["id", "result", "error"], description: "A response of JSON-RPC 2.0, with `result` or `error`."),
        "OpenAPIDocument": described("A document in OpenAPI's format.", anyObject),
        "Liveness": object(["status": constant("live")]),
        "Readiness": object([
            "status": choice(["ready", "degraded"]),
            "storage": described("Whether writes are possible; reads and searches are.", choice(["writable", "full", "read_only"])),
            "model": string,
        ]),
    ]

    static let problems: JSONObject = [
        "Problem": object(
            [
                "type": described("Always `about:blank`.", string), "title": string, "status": integer(400...599), "detail": string,
                "code": described("Programs tell errors apart by it.", string), "request_id": string, "quota": nullable(ref("Quota")),
            ], optional: ["quota"], description: "An error (RFC 9457)."),
        "OpenAIError": object(["error": ref("OpenAIErrorDetail")], description: "An error in OpenAI's format."),
        "OpenAIErrorDetail": object(
            [
                "message": string, "type": string, "param": nullable(string), "code": nullable(string), "quota": nullable(ref("Quota")),
            ], optional: ["quota"]),
    ]
}
