internal import ByteText
internal import JSON

/// A translator of one message's content into Anthropic's blocks.
struct AnthropicContent {
    /// Index of the message, for error texts.
    let message: Int

    /// Returns a text block; none for white space alone, since the protocol rejects such blocks.
    static func text(_ text: String) -> [JSONValue] {
        text.unicodeScalars.allSatisfy(\.properties.isWhitespace) ? [] : [["type": "text", "text": .string(text)]]
    }

    func error(_ reason: String) -> CompletionError {
        CompletionError(
            .providerRejected, "the provider's protocol does not support a message", providerMessage: "messages[\(message)]: \(reason)")
    }

    /// Returns the blocks of a message that may contain text only.
    func texts(_ content: JSONValue) throws(CompletionError) -> [JSONValue] {
        var blocks: [JSONValue] = []
        for block in try self.blocks(content) {
            guard block["type"] == "text" else { throw error("this model supports only text in messages of this role") }
            blocks.append(block)
        }
        return blocks
    }

    func blocks(_ content: JSONValue) throws(CompletionError) -> [JSONValue] {
        if let text = content.stringValue { return Self.text(text) }
        var blocks: [JSONValue] = []
        for part in content.arrayValue ?? [] { blocks += try block(part) }
        return blocks
    }

    private func block(_ part: JSONValue) throws(CompletionError) -> [JSONValue] {
        switch part["type"] {
        case "text": return Self.text(part["text"]?.stringValue ?? "")
        case "refusal": return Self.text(part["refusal"]?.stringValue ?? "")
        case "image_url":
            guard let url = part["image_url"]?["url"]?.stringValue ?? part["image_url"]?.stringValue else {
                throw error("image_url must contain a url")
            }
            return [["type": "image", "source": try source(url)]]
        case "file":
            guard let data = part["file"]?["file_data"]?.stringValue else { throw error("a file must contain file_data") }
            return [["type": "document", "source": try source(data)]]
        default: throw error("this model does not support content parts of this type")
        }
    }

    private func source(_ url: String) throws(CompletionError) -> JSONValue {
        // A URL may hold megabytes of data: it is scanned as bytes, and as characters only in short parts.
        let scheme = url.utf8.prefix(6).prefix { $0 != UInt8(ascii: ":") }
        switch String(decoding: scheme, as: UTF8.self).lowercased() {
        case "https", "http": return ["type": "url", "url": .string(url)]
        case "data": break
        default: throw error("a URL must be http, https or data")
        }
        guard let comma = url.utf8.firstIndex(of: UInt8(ascii: ",")) else { throw error("a data URL must have a comma before its data") }
        let kind = url.utf8[..<comma].dropFirst("data:".utf8.count).split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
        guard let type = kind.first, !type.isEmpty, let encoding = kind.last, Substring(encoding).lowercased().hasSameBytes(as: "base64")
        else {
            throw error("a data URL must have a media type and base64 data")
        }
        return [
            "type": "base64", "media_type": .string(Substring(type).lowercased()),
            "data": .string(String(url[url.utf8.index(after: comma)...])),
        ]
    }

    /// Returns the tool calls of an assistant's message.
    func calls(_ message: JSONObject) throws(CompletionError) -> [JSONValue] {
        guard message["function_call"] == nil else { throw error("this model does not support function_call; use tool_calls") }
        var calls: [JSONValue] = []
        for call in message["tool_calls"]?.arrayValue ?? [] {
            let function = call["function"]
            guard let id = call["id"]?.stringValue, let name = function?["name"]?.stringValue else {
                throw error("a tool call must have an id and a function with a name")
            }
            let text = function?["arguments"]?.stringValue ?? ""
            guard let input = text.isEmpty ? [:] : (try? JSONValue(parsing: text))?.objectValue else {
                throw error("the arguments of a tool call must be a JSON object")
            }
            calls.append(["type": "tool_use", "id": .string(Self.identifier(id)), "name": .string(name), "input": .object(input)])
        }
        return calls
    }

    /// Returns a tool's result as a block.
    func result(_ message: JSONObject) throws(CompletionError) -> JSONValue {
        guard let id = message["tool_call_id"]?.stringValue else { throw error("a tool message must have a tool_call_id") }
        var result: JSONObject = ["type": "tool_result", "tool_use_id": .string(Self.identifier(id))]
        let content = try blocks(message["content"] ?? .null)
        if !content.isEmpty { result["content"] = .array(content) }
        return .object(result)
    }

    /// Replaces characters that this protocol does not allow in ids: other servers use ids such as `functions.f:0`.
    private static func identifier(_ id: String) -> String {
        String(
            String.UnicodeScalarView(
                id.unicodeScalars.map { scalar in
                    switch scalar {
                    case "a"..."z", "A"..."Z", "0"..."9", "_", "-": scalar
                    default: "_"
                    }
                }))
    }
}
