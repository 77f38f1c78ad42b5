import JSON

/// The description of a route in the OpenAPI document. Its method, its path and the format of its errors come from the registration.
///
/// A route's parameters are declared here once: `APIParameter.query` and `.header`, and `.path` for each `:name` of its path.
struct APIOperation: Sendable {
    /// The unique name, from which generators name functions: a verb and its object in camel case. It never changes.
    let id: String
    /// The parameters in path, query and headers.
    let parameters: [APIParameter]
    private let tag: APITag
    private let summary: String
    private let description: String
    private let body: APIBody?
    let needsKey: Bool
    /// Schemas that depend on the server's configuration, by name.
    let schemas: JSONObject
    private let errors: [Int]
    private let successes: [APIResponse]

    /// - Parameters:
    ///   - description: what the summary leaves out; may be empty.
    ///   - needsKey: whether a request needs a key.
    ///   - schemas: schemas that depend on the server's configuration, in addition to those of `APISchema`.
    ///   - errors: statuses of errors in addition to those that follow from the key, the parameters and the body.
    init(
        _ id: String, _ tag: APITag, _ summary: String, _ description: String = "", parameters: [APIParameter] = [],
        body: APIBody? = nil, needsKey: Bool = true, schemas: JSONObject = [:], errors: [Int] = [], returns successes: APIResponse...
    ) {
        (self.id, self.tag, self.summary, self.description) = (id, tag, summary, description)
        (self.parameters, self.body, self.needsKey, self.schemas) = (parameters, body, needsKey, schemas)
        (self.errors, self.successes) = (errors, successes)
    }

    /// The media type of a response whose type the document decides; a client gets it whatever it accepts.
    static let anyType = "application/octet-stream"

    /// The names of the parameters in the query; a request may have no others.
    var queryNames: [String] { parameters.filter { $0.place == .query }.map(\.name) }

    /// Whether a repetition of a request with an `Idempotency-Key` gets the first response.
    var heedsIdempotencyKey: Bool { parameters.contains { $0.name == APIParameter.idempotencyKey.name } }

    /// Media types of the responses that are not errors.
    var responseTypes: [String] {
        var types: [String] = []
        for type in successes.flatMap(\.mediaTypes) where !types.contains(type) { types.append(type) }
        return types
    }

    /// - Parameter format: the format of the route's errors.
    func json(_ format: ErrorFormat) -> JSONValue {
        var operation: JSONObject = [
            "operationId": .string(id), "tags": [.string(tag.rawValue)], "summary": .string(summary),
        ]
        if !description.isEmpty { operation["description"] = .string(description) }
        if !needsKey { operation["security"] = [] }
        if !parameters.isEmpty { operation["parameters"] = .array(parameters.map(\.json)) }
        operation["requestBody"] = body?.json
        var responses: JSONObject = [:]
        for success in successes { responses["\(success.status)"] = success.json }
        for error in APIError.all where statuses.contains(error.status) && responses["\(error.status)"] == nil {
            responses["\(error.status)"] = error.reference(format)
        }
        responses["default"] = APIError.other(format)
        operation["responses"] = .object(responses)
        return .object(operation)
    }

    /// The statuses of the errors.
    private var statuses: Set<Int> {
        var statuses = Set(errors)
        if needsKey { statuses.formUnion([401, 403, 413, 429, 500, 503]) }
        if !parameters.isEmpty { statuses.insert(400) }
        if !responseTypes.isEmpty { statuses.insert(406) }
        if parameters.contains(where: { $0.name == "If-Match" }) { statuses.insert(412) }
        if heedsIdempotencyKey { statuses.formUnion([409, 422]) }
        if body != nil { statuses.formUnion([400, 408, 413, 415]) }
        return statuses
    }
}
