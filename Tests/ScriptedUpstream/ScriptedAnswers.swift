public import JSON

// Steps for scripts.
extension ScriptedUpstream.Step {
    /// The head of a response with a body of `length` bytes; if `length` is `nil`, the body ends when the connection is closed.
    public static func head(
        _ status: Int = 200, length: Int?, type: String = "application/json", headers: [(String, String)] = []
    ) -> Self {
        var lines = ["HTTP/1.1 \(status) Scripted", "Content-Type: \(type)"]
        lines.append(length.map { "Content-Length: \($0)" } ?? "Connection: close")
        for (name, value) in headers { lines.append("\(name): \(value)") }
        return .send(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8))
    }

    public static func text(_ text: String) -> Self { .send(Array(text.utf8)) }
}

extension [ScriptedUpstream.Step] {
    /// A complete response.
    public static func answer(
        _ status: Int = 200, _ body: [UInt8] = [], type: String = "application/json", headers: [(String, String)] = []
    ) -> Self { [.head(status, length: body.count, type: type, headers: headers), .send(body)] }

    public static func json(_ value: JSONValue, status: Int = 200) -> Self { .answer(status, value.serialized()) }

    /// An error response with a body in the usual format.
    public static func failure(_ status: Int, headers: [(String, String)] = []) -> Self {
        let error: JSONValue = ["error": ["message": "scripted", "code": .init(status)]]
        return .answer(status, error.serialized(), headers: headers)
    }
}
