import Answers
import Catalog
import ContextServer
import JSON
import NIOCore
import Retrieval
import TestSupport
import Testing
import WebSockets

/// Fuzzes bodies and frames as values, without a server: parsing returns an error or a request and never traps.
@Suite struct BodyFuzzTests {
    private static let documents: [[UInt8]] = [
        #"{"id":"a","title":" A title ","text":"Some text","url":"https://example.org/a?b","metadata":{"year":2020,"tags":["x","y"]}}"#,
        #"{"_id":"é","text":"x"}"#, #"{"text":"x","metadata":{"a":{"b":{"c":[1,2,{"d":null}]}}}}"#,
        #"{"query":"q","limit":10,"mode":"hybrid","group_by":"document","diversity":0.5,"filter":{"or":[{"key":"a","op":"in","value":[1,"x"]}]}}"#,
        #"{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"hi"}]}],"stream":true,"temperature":0.1,"#
            + #""retrieval":{"limit":3,"filter":{"key":"a","op":"eq","value":1}}}"#,
        #"{"prompt":["hello"],"model":"m","max_tokens":5,"n":1,"echo":false,"logprobs":0}"#,
    ].map { Array($0.utf8) }

    private static let tokens = [
        "{", "}", "[", "]", ",", ":", "\"", "null", "true", "\"text\":", "\"metadata\":{\"a\":", "\"filter\":{\"and\":[", "\"op\":\"nin\"",
        "1e400", "-1",
        "\"id\":\"import\"", "\\u0000", "\u{FEFF}", "e\u{301}", "javascript:", "\"role\":\"tool\"", "\"content\":[", "]]]]", "}}}}",
    ]

    private static func defaults(retrieves: Bool) -> CallDefaults {
        CallDefaults(tenant: "t", retrieval: RetrievalPolicy(everyone: RetrievalDefaults(isEnabled: retrieves)))
    }

    @Test func everyBodyIsARequestOrAnError() throws {
        let fuzzing = Fuzzing("bodies")
        let parser = BodyParser()
        try fuzzing.run(corpus: Self.documents, tokens: Self.tokens) { input, number in
            guard let fields = try? JSONFields(parser.value(input)) else { return }
            let metadata = MetadataLimits()
            if let read = try? DocumentFields.parse(fields, allowsUnderscoreID: number % 2 == 0, metadata: metadata) {
                do { try metadata.check(read.fields.metadata) } catch { Issue.record("\(fuzzing.note(number)): \(error)") }
            }
            if let request = try? SearchRequest(fields) {
                _ = request.filter?.matches(fields.object)
            }
            _ = try? ChatCall(chat: fields, Self.defaults(retrieves: true))
            _ = try? ChatCall(textCompletion: fields, Self.defaults(retrieves: false))
        }
    }

    // MARK: Forms

    private static let form: [UInt8] = Array(
        ("--XX\r\nContent-Disposition: form-data; name=\"file\"; filename*=utf-8''a%C3%A9.md\r\nContent-Type: text/markdown\r\n\r\n# a\r\n--XX\r\n"
            + "Content-Disposition: form-data; name=metadata\r\n\r\n{\"a\":1}\r\n--XX--\r\n").utf8)
    private static let formTokens = [
        "--XX", "\r\n--XX", "\r\n--XX--", "--", "\r\n", "\r", "\n", ":", ";", "=", "\"", "\\", "Content-Disposition: form-data", "; name=",
        "; filename*=utf-8''", "%", "%C3", "Content-Type: ", "Content-Transfer-Encoding: 7bit\r\n", " ", "\t",
    ]

    @Test func everyFormIsPartsOrAnError() throws {
        let fuzzing = Fuzzing("multipart")
        let type = "multipart/form-data; boundary=XX"
        try fuzzing.run(corpus: [Self.form], tokens: Self.formTokens) { input, number in
            // Every eighth input has a hostile header instead of a hostile body.
            guard number % 8 != 0 else {
                _ = try? MultipartForm.parse(body: Self.form, contentType: String(decoding: input.prefix(900), as: UTF8.self))
                return
            }
            guard let parts = try? MultipartForm.parse(body: input, contentType: type) else { return }
            if parts.contains(where: { $0.body.startIndex < 0 || $0.body.endIndex > input.count }) {
                Issue.record("\(fuzzing.note(number))")
            }
        }
    }

    @Test(arguments: [
        ("", "\r"), ("", "\r\n"), ("", "\r\n--X"), ("", "\r\n--XX"), ("", "\r\n--XX "), ("--XX\r\n", "a:b\r\n"),
        ("--XX\r\n\r\n", "\r\n--XY"),
        ("--XX\r\nContent-Disposition: form-data; name=a", "; b=c"), ("--XX\r\nContent-Disposition: form-data; name=\"", "\u{301}\u{323}"),
        ("--XX\r\nContent-Disposition: ", "\u{301}\u{323}"), ("--XX\r\nContent-Disposition: form-data; name=a\r\n\r\nx", " \r"),
    ])
    func formsAreLinear(opening: String, piece: String) {
        var limits = MultipartLimits()
        limits.maxHeaderBytes = .max / 2
        let ratio = Growth.ofEightfold(
            making: { Array((opening + String(repeating: piece, count: $0)).utf8) },
            { [limits] body in
                let parts = try? MultipartForm.parse(body: body, contentType: "multipart/form-data; boundary=XX", limits: limits)
                withExtendedLifetime(parts?.count) {}
            })
        #expect(ratio < 24)
    }

    // MARK: Frames

    @Test func everyFrameIsReadOrEndsTheConnection() throws {
        let fuzzing = Fuzzing("websocket")
        var limits = WebSocketLimits()
        (limits.firstMessageBytes, limits.messageBytes, limits.messageParts) = (64, 600, 8)
        let corpus = [
            ClientFrame.bytes(1, Array(#"{"type":"auth","key":"ctx_a"}"#.utf8)) + ClientFrame.bytes(1, Array("é".utf8)),
            ClientFrame.bytes(1, Array("a".utf8), isLast: false) + ClientFrame.bytes(9, [1, 2]) + ClientFrame.bytes(0, Array("b".utf8)),
            ClientFrame.bytes(8, [0x03, 0xE8]) + ClientFrame.bytes(10, []), ClientFrame.bytes(2, [1]),
            ClientFrame.bytes(1, [UInt8](repeating: 0x61, count: 300)),
        ]
        try fuzzing.run(corpus: corpus, tokens: ["\u{1}", "\u{81}", "\u{7F}"]) { input, number in
            var reader = WebSocketReader(limits)
            var rest = input[...]
            let pieces = [1, 3, 64, Int.max][number % 4]
            reading: while !rest.isEmpty {
                reader.append(ByteBuffer(bytes: rest.prefix(pieces)))
                rest = rest.dropFirst(pieces)
                do throws(WebSocketClosing) {
                    while let event = try reader.next() {
                        guard case .text(let message) = event else { continue }
                        if message.readableBytes > 600 || String(validating: message.readableBytesView, as: UTF8.self) == nil {
                            Issue.record("\(fuzzing.note(number))")
                        }
                    }
                } catch { break reading }
            }
        }
    }

    @Test func smallFramesCostInProportion() {
        var limits = WebSocketLimits()
        (limits.messageBytes, limits.messageParts, limits.firstMessageBytes) = (.max / 2, .max / 2, .max / 2)
        for isLast in [true, false] {
            let ratio = Growth.ofEightfold(
                making: { count in
                    ClientFrame.bytes(1, Array("a".utf8), isLast: isLast)
                        + repeatElement(ClientFrame.bytes(isLast ? 1 : 0, Array("b".utf8), isLast: isLast), count: count).joined()
                },
                { [limits] bytes in
                    var reader = WebSocketReader(limits)
                    for start in stride(from: 0, to: bytes.count, by: 4096) {
                        reader.append(ByteBuffer(bytes: bytes[start..<min(start + 4096, bytes.count)]))
                        while (try? reader.next()) != nil {}
                    }
                })
            #expect(ratio < 24, "\(isLast)")
        }
    }
}
