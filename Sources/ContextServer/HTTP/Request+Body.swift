import HTTPTypes
import Hummingbird
import JSON
import NIOCore

extension Request {
    /// The whole body, counted as it arrives: `Content-Length` is only a first hint.
    ///
    /// - Parameter copies: how many times the body's size is in memory while the request is worked on.
    /// - Throws: `Problem.tooLarge` beyond `limit` bytes; `MemoryShortage` where too much is held for clients.
    func bytes(upTo limit: Int, copies: Int = 2, in context: ServerContext) async throws -> [UInt8] {
        let declared = headers[.contentLength].flatMap(Int.init)
        if let declared, declared > limit { throw Problem.tooLarge(limit: limit) }
        var memory = BodyMemory(context, declared: declared, limit: limit, copies: copies)
        try await memory.makeRoom(for: 0)
        BodyGate.Handle(context.channel).open()
        let deadline = BodyDeadline(on: context.channel)
        defer { deadline.cancel() }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(declared ?? 0)
        for try await buffer in body {
            guard bytes.count + buffer.readableBytes <= limit else { throw Problem.tooLarge(limit: limit) }
            try await memory.makeRoom(for: bytes.count + buffer.readableBytes)
            bytes.append(contentsOf: buffer.readableBytesView)
        }
        memory.end(at: bytes.count)
        return bytes
    }

    /// The body as a JSON object's fields.
    ///
    /// - Throws: `Problem` where the media type is another or the body too large; `JSONError`; `JSONFieldError`; `WorkerPoolFull`.
    func jsonFields(upTo limit: Int, in context: ServerContext) async throws -> JSONFields {
        let type = mediaType
        guard type == nil || type == "application/json" || type?.hasSuffix("+json") == true else {
            throw Problem(
                status: .unsupportedMediaType, code: "unsupported_media_type", detail: "this route takes application/json")
        }
        let document = try await bytes(upTo: limit, copies: Self.jsonCopies, in: context)
        try await context.makeRoom(forParsing: document, reservedCopies: Self.jsonCopies)
        return try JSONFields(context.parser.value(document))
    }

    /// A JSON body is there as bytes, as values, and as what is made of these.
    private static let jsonCopies = 3

    /// The content type without its parameters, in lower case; cut where it is longer than any that is known.
    var mediaType: String? {
        guard let header = headers[.contentType] else { return nil }
        let essence = header.utf8.drop { $0 == UInt8(ascii: " ") }.prefix { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: " ") }
        return essence.isEmpty ? nil : String(decoding: essence.prefix(128), as: UTF8.self).lowercased()
    }
}
