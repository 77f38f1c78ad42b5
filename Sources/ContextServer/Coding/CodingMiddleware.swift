import HTTPTypes
import Hummingbird
import Memory
import NIOCore

/// Decodes compressed request bodies and compresses responses.
struct CodingMiddleware: RouterMiddleware {
    let policy: CompressionPolicy
    let inflation: InflationLimit
    /// The budget for the state of encoders whose clients read slowly.
    let memory: MemoryBudget

    /// Maximum size of a body that is compressed on an event loop, in bytes: it takes about a tenth of a millisecond.
    private static let inlineBytes = 8 << 10

    @concurrent func handle(
        _ request: Request, context: ServerContext, next: @concurrent (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        let accepted = AcceptedCodings(request.headers[values: .acceptEncoding])
        if accepted.refusesAll {
            throw Problem(
                status: .notAcceptable, code: "not_acceptable", detail: "Accept-Encoding must allow gzip or identity",
                headers: [.vary: "Accept-Encoding"])
        }
        var request = request
        do { request = try request.decoded(within: inflation) } catch let refusal as RequestRefusal { throw refusal.problem }
        let knowsCodedTag = request.headers.conditions.contains(where: CodedEntityTag.isCoded)
        if knowsCodedTag { request = request.withPlainTags() }
        var response = try await next(request, context)
        if response.status == .notModified {
            if knowsCodedTag, accepted.prefersGzip { response.headers.markTagAsCoded() }
            if policy.isOn { response.headers.append(HTTPField(name: .vary, value: "Accept-Encoding")) }
            return response
        }
        let isCovered = policy.covers(response)
        if isCovered { response.headers.append(HTTPField(name: .vary, value: "Accept-Encoding")) }
        // The head of a response that is compressed as it is sent has no length, and clients that decode want a body to decode.
        guard request.method != .head else { return response }
        let isWanted = isCovered ? accepted.prefersGzip : accepted.refusesIdentity && CompressionPolicy.mayBeCoded(response)
        return isWanted ? try await compressed(response, mustBe: accepted.refusesIdentity) : response
    }

    private func compressed(_ response: Response, mustBe: Bool) async throws -> Response {
        guard let length = response.body.contentLength, length <= ResponseBody.pieceBytes else { return inParts(response) }
        let collector = CollectingWriter()
        try await response.body.write(collector)
        let plain = collector.bytes
        let coded =
            length <= Self.inlineBytes
            ? try GzipEncoder.whole(plain)
            : try await withTaskExecutorPreference(globalConcurrentExecutor) { try await Self.wholeApart(plain) }
        var response = response
        guard mustBe || coded.readableBytes < length else {
            response.body = ResponseBody(byteBuffer: plain)
            return response
        }
        response.body = ResponseBody(byteBuffer: coded)
        response.headers.markAsCoded()
        return response
    }

    @concurrent private static func wholeApart(_ plain: ByteBuffer) async throws -> ByteBuffer { try GzipEncoder.whole(plain) }

    /// Returns a large response, or a stream, that is compressed as it is sent; plain if there is no memory for that.
    private func inParts(_ response: Response) -> Response {
        let reservation = memory.reservation(for: .connections)
        guard reservation.tryGrow(by: GzipEncoder.memory) else { return response }
        var coded = response
        let isStream = response.body.contentLength == nil
        coded.body = ResponseBody { [body = response.body] writer in
            try await body.write(GzipWriter(writer, flushesEach: isStream))
            withExtendedLifetime(reservation) {}
        }
        coded.headers.markAsCoded()
        return coded
    }
}

extension HTTPFields {
    fileprivate mutating func markAsCoded() {
        self[.contentEncoding] = "gzip"
        markTagAsCoded()
    }

    fileprivate mutating func markTagAsCoded() { if let tag = self[.eTag] { self[.eTag] = CodedEntityTag.coded(tag) } }

    fileprivate var conditions: [String] { self[values: .ifMatch] + self[values: .ifNoneMatch] }
}

extension Request {
    /// Returns the request with the tags of plain forms in its conditions.
    fileprivate func withPlainTags() -> Request {
        var head = head
        for name in [HTTPField.Name.ifMatch, .ifNoneMatch] {
            head.headerFields[values: name] = headers[values: name].map(CodedEntityTag.plain)
        }
        return Request(head: head, body: body)
    }
}
