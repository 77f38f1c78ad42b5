import Failure
import HTTPTypes
import Hummingbird
import JSON
import NIOCore

extension Request {
    /// Reads the whole body and counts it as it arrives: `Content-Length` is only a first hint.
    ///
    /// - Parameter copies: number of copies of the body in memory while the request is processed.
    /// - Throws: `Problem.tooLarge` beyond `limit` bytes; `MemoryShortage` if the memory for clients is exhausted.
    func bytes(upTo limit: Int, copies: Int = 2, in context: ServerContext) async throws -> [UInt8] {
        let declared = headers[.contentLength].flatMap(Int.init)
        if let declared, declared > limit { throw Problem.tooLarge(limit: limit) }
        var memory = BodyMemory(context, declared: declared, limit: limit, copies: copies)
        try await memory.makeRoom(for: 0)
        // The gate is closed before a large body only.
        if headers.mayBringLargeBody { BodyGate.Handle(context.channel).open() }
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

    /// Reads the body as a JSON object and returns its fields.
    ///
    /// - Throws: `Problem` if the media type is not JSON or the body is too large; `JSONError`; `JSONFieldError`; `WorkerPoolFull`.
    func jsonFields(upTo limit: Int, in context: ServerContext) async throws -> JSONFields {
        let type = mediaType
        guard type == nil || type == "application/json" || type?.hasSuffix("+json") == true else {
            throw Failure(.unsupportedFormat, code: "unsupported_media_type", "Content-Type must be application/json")
        }
        let document = try await bytes(upTo: limit, copies: Self.jsonCopies, in: context)
        try await context.makeRoom(forParsing: document, reservedCopies: Self.jsonCopies)
        return try JSONFields(context.parser.value(document))
    }

    /// Number of copies of a JSON body in memory: its bytes, its values, and the objects made of these.
    private static let jsonCopies = 3

    /// The content type without its parameters, in lower case, truncated to 128 bytes; `nil` if there is none.
    var mediaType: String? {
        guard let header = headers[.contentType] else { return nil }
        let essence = header.utf8.drop { $0 == UInt8(ascii: " ") }.prefix { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: " ") }
        return essence.isEmpty ? nil : String(decoding: essence.prefix(128), as: UTF8.self).lowercased()
    }
}
