internal import ByteText
internal import JSON

/// The size of a message's text, for token estimates: content, names and arguments, without structural members and without image data.
enum TextBytes {
    private static let structure = ["id", "type", "index", "role", "source", "tool_use_id", "citations"]

    /// Counts UTF-8 bytes. Values come from the parser or from this server, so their depth is bounded.
    static func count(_ value: JSONValue) -> Int {
        switch value {
        case .string(let text): text.utf8.count
        case .array(let elements): elements.reduce(0) { $0 + count($1) }
        case .object(let object): count(object)
        case .null, .bool, .integer, .bigInteger, .number: 0
        }
    }

    static func count(_ object: JSONObject) -> Int {
        object.reduce(0) { $1.key.hasSameBytes(asOneOf: structure) ? $0 : $0 + count($1.value) }
    }
}
