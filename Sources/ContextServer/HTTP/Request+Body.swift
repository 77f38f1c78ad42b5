import HTTPTypes
import Hummingbird
import JSON
import NIOCore

extension Request {
    /// The whole body, counted as it arrives: `Content-Length` is only a first hint.
    ///
    /// - Throws: `Problem.tooLarge` beyond `limit` bytes; `Problem.overloaded` where all requests' bodies are too much.
    func bytes(upTo limit: Int, in context: ServerContext) async throws -> [UInt8] {
        if let declared = headers[.contentLength].flatMap(Int.init), declared > limit { throw Problem.tooLarge(limit: limit) }
        let deadline = BodyDeadline(on: context.channel)
        defer { deadline.cancel() }
        var bytes: [UInt8] = []
        for try await buffer in body {
            guard bytes.count + buffer.readableBytes <= limit else { throw Problem.tooLarge(limit: limit) }
            try context.body.take(buffer.readableBytes)
            bytes.append(contentsOf: buffer.readableBytesView)
        }
        return bytes
    }

    /// The body as a JSON object's fields.
    ///
    /// - Throws: `Problem` where the media type is another or the body too large; `JSONError`; `JSONFieldError`.
    func jsonFields(upTo limit: Int, in context: ServerContext) async throws -> JSONFields {
        let type = mediaType
        guard type == nil || type == "application/json" || type?.hasSuffix("+json") == true else {
            throw Problem(
                status: .unsupportedMediaType, code: "unsupported_media_type", detail: "this route takes application/json")
        }
        return try JSONFields(JSONValue(parsing: try await bytes(upTo: limit, in: context)))
    }

    /// The content type without its parameters, in lower case.
    var mediaType: String? {
        headers[.contentType]?.split(separator: ";").first.map { $0.trimmingPrefix { $0 == " " } }
            .map { String($0.prefix { $0 != " " }).lowercased() }
    }

    /// A query parameter that is `true` or `false`.
    func flag(_ name: String) throws -> Bool {
        switch uri.queryParameters[name[...]].map(String.init) {
        case nil, "false", "0": return false
        case "true", "1", "": return true
        case .some: throw Problem.invalid("\(name) must be true or false", field: name)
        }
    }

    /// A whole-number query parameter.
    func number(_ name: String, default standard: Int, in range: ClosedRange<Int>) throws -> Int {
        guard let text = uri.queryParameters[name[...]] else { return standard }
        guard let number = Int(text), range.contains(number) else {
            throw Problem.invalid("\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound)", field: name)
        }
        return number
    }
}
