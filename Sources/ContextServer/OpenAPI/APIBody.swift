import JSON

/// The body of a request.
struct APIBody: Sendable {
    private let contents: [APIContent]
    private let maximumBytes: Int
    private let isRequired: Bool

    /// - Parameters:
    ///   - contents: the media types, the one that clients should use first.
    ///   - maximumBytes: maximum size of the body; a larger one gets 413.
    ///   - isRequired: whether the body may not be empty.
    init(_ contents: APIContent..., maximumBytes: Int, isRequired: Bool = true) {
        (self.contents, self.maximumBytes, self.isRequired) = (contents, maximumBytes, isRequired)
    }

    var json: JSONValue {
        [
            "required": .bool(isRequired), "description": .string("At most \(maximumBytes) bytes."),
            "content": APIContent.json(of: contents),
            "x-max-bytes": .init(maximumBytes),
        ]
    }
}
