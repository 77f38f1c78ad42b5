import JSON

/// A request id, which the response repeats with the same type and value.
enum RPCID: Sendable {
    case string(String)
    case integer(Int64)

    /// - Returns: `nil` for values that are not valid ids, such as `null`, fractions, and integers outside 64 bits.
    init?(_ value: JSONValue) {
        switch value {
        case .string(let text): self = .string(text)
        case .integer(let number): self = .integer(number)
        default: return nil
        }
    }

    var json: JSONValue {
        switch self {
        case .string(let text): .string(text)
        case .integer(let number): .integer(number)
        }
    }
}

/// A request with a valid envelope. `params` is unchecked, and `nil` if absent.
struct RPCRequest: Sendable {
    let id: RPCID
    let method: String
    let params: JSONValue?

    /// Returns the parameters; `null` counts as absent.
    ///
    /// - Throws: `.invalidParams` if `params` is not an object.
    func parameters() throws(RPCError) -> JSONObject {
        switch params {
        case nil, .null?: return [:]
        case .object(let object)?: return object
        default: throw .invalidParams("params must be an object")
        }
    }

    /// The value of `params._meta`, of any type; `nil` if absent.
    var meta: JSONValue? { params?["_meta"] }
}

/// A JSON value classified as a JSON-RPC 2.0 message.
enum RPCMessage: Sendable {
    case request(RPCRequest)
    case notification(method: String, params: JSONValue?)
    case response
    /// An invalid message. `id` is set if the message has a valid id.
    case invalid(id: RPCID?, reason: String)

    init(_ value: JSONValue) {
        guard case .object(let object) = value else {
            self = .invalid(id: nil, reason: "a message must be a JSON object")
            return
        }
        let isResponse = object["method"] == nil && (object["result"] != nil || object["error"] != nil)
        let id = isResponse ? nil : object["id"].flatMap(RPCID.init)
        if object["jsonrpc"] != "2.0" {
            self = .invalid(id: id, reason: "jsonrpc must be \"2.0\"")
        } else if isResponse {
            self = .response
        } else if case .string(let method)? = object["method"] {
            self.init(method: method, id: id, hasID: object["id"] != nil, params: object["params"])
        } else {
            self = .invalid(id: id, reason: "method must be a string")
        }
    }

    private init(method: String, id: RPCID?, hasID: Bool, params: JSONValue?) {
        switch (id, hasID) {
        case (let id?, _): self = .request(RPCRequest(id: id, method: method, params: params))
        case (nil, true): self = .invalid(id: nil, reason: "id must be a string or a 64-bit integer")
        case (nil, false): self = .notification(method: method, params: params)
        }
    }
}

/// The envelopes of responses.
enum RPCAnswer {
    static func result(_ result: JSONObject, id: RPCID) -> JSONValue {
        ["jsonrpc": "2.0", "id": id.json, "result": .object(result)]
    }

    /// - Parameter id: `nil` if the request has no readable id; the response then has no `id` member.
    static func error(_ error: RPCError, id: RPCID?) -> JSONValue {
        var body: JSONObject = ["code": JSONValue(error.code.rawValue), "message": .string(error.message)]
        body["data"] = error.data
        var answer: JSONObject = ["jsonrpc": "2.0"]
        answer["id"] = id?.json
        answer["error"] = .object(body)
        return .object(answer)
    }
}
