internal import ByteText
internal import JSON

/// The text in a message, for estimates of its tokens: words, names and arguments, without the members that only hold it together and
/// without the data of images.
enum TextBytes {
    private static let structure = ["id", "type", "index", "role", "source", "tool_use_id", "citations"]

    /// UTF-8 bytes. Values come from the parser or from here, so that their depth is bounded.
    static func count(_ value: JSONValue) -> Int {
        switch value {
        case .string(let text): text.utf8.count
        case .array(let elements): elements.reduce(0) { $0 + count($1) }
        case .object(let object): count(object)
        case .null, .bool, .integer, .number: 0
        }
    }

    static func count(_ object: JSONObject) -> Int {
        object.reduce(0) { $1.key.hasSameBytes(asOneOf: structure) ? $0 : $0 + count($1.value) }
    }
}
