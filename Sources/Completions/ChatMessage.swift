public import JSON

/// An assembler of an assistant's message from the steps of its answer.
public struct ChatMessage {
    /// The text so far.
    public private(set) var text = ""
    private var other = JSONObject()

    public init() {}

    public mutating func add(_ text: String) { self.text += text }

    /// Adds a piece of the message's members: joins strings, merges tool calls by their index, and replaces anything else.
    public mutating func add(_ members: JSONObject) {
        for (key, value) in members {
            switch (other[key], value) {
            case (.string(let before)?, .string(let more)): other[key] = .string(before + more)
            case (let before, .array(let calls)) where key == "tool_calls": other[key] = .array(Self.join(before?.arrayValue ?? [], calls))
            default: other[key] = value
            }
        }
    }

    /// The message in OpenAI's form; its content is `null` if it has tool calls and no text.
    public var json: JSONObject {
        var message: JSONObject = ["role": "assistant", "content": text.isEmpty && other["tool_calls"] != nil ? .null : .string(text)]
        for (key, value) in other { message[key] = key == "tool_calls" ? Self.withoutIndices(value) : value }
        return message
    }

    private static func join(_ before: [JSONValue], _ more: [JSONValue]) -> [JSONValue] {
        var calls = before
        for piece in more {
            let place = calls.firstIndex { piece["index"]?.intValue != nil && $0["index"]?.intValue == piece["index"]?.intValue }
            guard let place, case .object(let call) = calls[place], case .object(let added) = piece else {
                calls.append(piece)
                continue
            }
            calls[place] = .object(join(call, added))
        }
        return calls
    }

    private static func join(_ call: JSONObject, _ piece: JSONObject) -> JSONObject {
        var call = call
        for (key, value) in piece where value != .null {
            guard key == "function", case .object(var function)? = call[key], let added = value.objectValue else {
                call[key] = value
                continue
            }
            let arguments = (function["arguments"]?.stringValue ?? "") + (added["arguments"]?.stringValue ?? "")
            function["arguments"] = .string(arguments)
            if let name = added["name"], name != .null { function["name"] = name }
            call[key] = .object(function)
        }
        return call
    }

    /// Returns the calls without `index`, which only identifies pieces of a stream.
    private static func withoutIndices(_ calls: JSONValue) -> JSONValue {
        .array(
            (calls.arrayValue ?? []).map { call in
                guard case .object(var object) = call else { return call }
                object["index"] = nil
                return .object(object)
            })
    }
}
