import JSON

/// A way in which providers fail, and the expected result.
public struct ScriptedMisbehaviour: Sendable, CustomStringConvertible {
    public let name: String
    public let steps: @Sendable (ScriptedProtocol) -> [ScriptedUpstream.Step]
    /// The name of the `CompletionError.Code`.
    public let code: String
    /// The status that a client gets if no text has arrived, and the error code in either case.
    public let status: Int
    public let problem: String
    /// The text sent before the failure.
    public let text: String
    /// Whether only a timeout ends it.
    public let isSilent: Bool
    /// Whether an answer had started, and so has usage.
    public let hasBegun: Bool

    public var description: String { name }

    init(
        _ name: String, _ outcome: Outcome, text: String = "", isSilent: Bool = false, hasBegun: Bool = true,
        _ steps: @escaping @Sendable (ScriptedProtocol) -> [ScriptedUpstream.Step]
    ) {
        (self.name, self.steps, self.text, self.isSilent, self.hasBegun) = (name, steps, text, isSilent, hasBegun)
        (code, status, problem) = (outcome.code, outcome.status, outcome.problem)
    }

    struct Outcome: Sendable {
        let code: String
        let status: Int
        let problem: String

        static let unavailable = Outcome(code: "providerUnavailable", status: 502, problem: "upstream_unavailable")
        static let busy = Outcome(code: "providerBusy", status: 429, problem: "upstream_busy")
        static let timeout = Outcome(code: "providerTimeout", status: 504, problem: "upstream_timeout")
        static let rejected = Outcome(code: "providerRejected", status: 400, problem: "upstream_rejected")
        static let invalid = Outcome(code: "providerInvalid", status: 502, problem: "upstream_invalid")
        static let interrupted = Outcome(code: "providerInterrupted", status: 502, problem: "upstream_interrupted")
    }
}

extension ScriptedMisbehaviour {
    public static let all = statuses + silences + cuts + nonsense + floods

    private static func refusal(_ status: Int, _ outcome: Outcome, headers: [(String, String)] = []) -> Self {
        Self("status \(status)\(headers.isEmpty ? "" : " with headers")", outcome, hasBegun: false) { _ in
            .failure(status, headers: headers)
        }
    }

    static let statuses: [Self] = [
        refusal(400, .rejected), refusal(401, .unavailable), refusal(403, .unavailable), refusal(404, .unavailable),
        refusal(413, .rejected), refusal(429, .busy), refusal(429, .busy, headers: [("Retry-After", "77")]), refusal(500, .unavailable),
        refusal(503, .unavailable), refusal(529, .busy),
        // A key must be sent only to the configured host.
        refusal(302, .unavailable, headers: [("Location", "http://127.0.0.1:1/")]),
        refusal(307, .unavailable, headers: [("Location", "/v1/elsewhere")]),
        Self("page for status 502", .unavailable, hasBegun: false) { _ in .answer(502, Array("<html>Bad Gateway".utf8), type: "text/html")
        },
    ]

    static let silences: [Self] = [
        Self("never a head", .timeout, isSilent: true, hasBegun: false) { _ in [.stall] },
        Self("half a head", .timeout, isSilent: true, hasBegun: false) { _ in [.text("HTTP/1.1 200 OK\r\nContent-Ty"), .stall] },
        Self("head and silence", .timeout, isSilent: true) { _ in [.head(length: nil, type: "text/event-stream"), .stall] },
        Self("no first token", .timeout, isSilent: true) { $0.opened([]) + [.stall] },
        Self("stall in the middle", .timeout, text: "They ", isSilent: true) { $0.opened(["They "]) + [.stall] },
        Self("signs of life only", .timeout, isSilent: true) { _ in
            [.head(length: nil, type: "text/event-stream"), .endless(Array(": alive\n\n".utf8))]
        },
    ]

    static let cuts: [Self] = [
        Self("closed at once", .interrupted, hasBegun: false) { _ in [.close] },
        Self("head and close", .interrupted) { _ in [.head(length: nil, type: "text/event-stream"), .close] },
        Self("no end", .interrupted, text: "They do.") { $0.opened(["They ", "do."]) + [.close] },
        Self("cut in a chunk", .interrupted, text: "They ") { $0.opened(["They "]) + [.text("data: {\"cho"), .close] },
        Self("cut in a character", .interrupted, text: "They ") {
            let piece = Array($0.piece("B\u{E4}ume").utf8)
            let cut = piece.prefix { $0 < 0x80 }.count + 1
            return $0.opened(["They "]) + [.send(Array(piece[..<cut])), .close]
        },
        Self("shorter than it said", .interrupted, text: "They ") {
            [.head(length: 5000, type: "text/event-stream"), .text($0.opening + $0.piece("They ")), .close]
        },
        Self("cut in one piece", .interrupted) { _ in [.head(length: 5000), .text("{\"choices\": [{\"mess"), .close] },
    ]

    static let nonsense: [Self] = [
        Self("invalid JSON", .invalid) { _ in .answer(200, Array("data: {oops\n\n".utf8), type: "text/event-stream") },
        Self("invalid JSON in the middle", .invalid, text: "They ") { $0.opened(["They "]) + [.text("data: {oops\n\n"), .stall] },
        Self("JSON of another kind", .invalid) { _ in .answer(200, Array("data: [1]\n\n".utf8), type: "text/event-stream") },
        Self("invalid UTF-8", .invalid) { _ in .answer(200, Array("data: {\"".utf8) + [0xFF, 0x0A, 0x0A], type: "text/event-stream") },
        Self("an empty object", .invalid) { _ in .json([:]) },
        Self("nothing", .interrupted) { _ in .answer(200, [], type: "text/event-stream") },
        Self("a page", .invalid) { _ in .answer(200, Array("<html>Hello".utf8), type: "text/html") },
        Self("compressed", .invalid, hasBegun: false) { _ in
            .answer(200, [0x1F, 0x8B, 0x08, 0, 0, 0, 0, 0], type: "text/event-stream", headers: [("Content-Encoding", "gzip")])
        },
        Self("not HTTP", .invalid, hasBegun: false) { _ in [.text("SSH-2.0-OpenSSH_9.2\r\n\r\n"), .close] },
        Self("broken chunks", .invalid) { _ in
            [.text("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nnonsense"), .stall]
        },
        Self("error first", .unavailable) { .answer(200, Array($0.failure.utf8), type: "text/event-stream") },
        Self("error in the middle", .unavailable, text: "They ") { $0.opened(["They "]) + [.text($0.failure), .stall] },
    ]

    static let floods: [Self] = [
        Self("a line of 10 MB", .invalid, text: "They ") {
            $0.opened(["They "]) + [.send(Array("data: ".utf8) + Array(repeating: UInt8(ascii: "x"), count: 10 << 20)), .stall]
        },
        Self("an endless line", .invalid, text: "They ") {
            $0.opened(["They "]) + [.endless(Array(repeating: UInt8(ascii: "x"), count: 64 << 10))]
        },
        Self("an endless event", .invalid) { _ in
            let line = "data: " + String(repeating: "x", count: 8000) + "\n"
            return [.head(length: nil, type: "text/event-stream"), .endless(Array(line.utf8))]
        },
        Self("endless headers", .invalid, hasBegun: false) { _ in
            [.text("HTTP/1.1 200 OK\r\n"), .endless(Array(("X-More: " + String(repeating: "x", count: 1000) + "\r\n").utf8))]
        },
    ]
}
