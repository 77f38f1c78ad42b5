public import JSON

/// A request as the scripted provider received it.
public struct ScriptedRequest: Sendable {
    /// Counted from 0, across all connections.
    public var number = 0
    public let method: String
    public let path: String
    /// The headers, by lower-case name.
    public let headers: [String: String]
    public let body: [UInt8]

    /// `.null` if the body is not JSON.
    public var json: JSONValue { (try? JSONValue(parsing: body)) ?? .null }
}

/// Splits a connection's bytes into requests; supports as much HTTP/1.1 as the tests' clients use.
struct ScriptedRequestParser {
    private var bytes: [UInt8] = []

    mutating func append(_ more: some Sequence<UInt8>) { bytes.append(contentsOf: more) }

    mutating func next() -> ScriptedRequest? {
        guard let end = headEnd() else { return nil }
        let lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n").map(String.init)
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1).map { $0.drop { $0 == " " } }
            if parts.count == 2 { headers[parts[0].lowercased()] = String(parts[1]) }
        }
        let start = end + 4
        let length = headers["content-length"].flatMap { Int($0) } ?? 0
        guard bytes.count >= start + length else { return nil }
        let first = lines.first?.split(separator: " ").map(String.init) ?? []
        let request = ScriptedRequest(
            method: first.first ?? "", path: first.count > 1 ? first[1] : "", headers: headers,
            body: Array(bytes[start..<start + length]))
        bytes.removeFirst(start + length)
        return request
    }

    private func headEnd() -> Int? {
        guard bytes.count >= 4 else { return nil }
        return (0...bytes.count - 4).first { bytes[$0..<$0 + 4].elementsEqual([13, 10, 13, 10]) }
    }
}
