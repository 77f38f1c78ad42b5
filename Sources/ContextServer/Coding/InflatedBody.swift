import Failure
import Gzip
import Hummingbird
import NIOCore

/// A compressed body as its decoded bytes, in pieces of bounded size: the whole is never in memory.
struct InflatedBody: AsyncSequence, Sendable {
    let base: RequestBody
    let coding: ContentCoding
    let limit: InflationLimit

    /// Maximum size of a decoded piece, in bytes.
    private static let pieceBytes = 64 << 10

    struct AsyncIterator: AsyncIteratorProtocol {
        private var base: RequestBody.AsyncIterator
        private let inflater: Inflater
        private let limit: InflationLimit
        private var input = ByteBuffer()
        private var (received, decoded) = (0, 0)
        /// Whether the last piece was full, so that decoded bytes may be left without any input.
        private var mayHaveMore = false

        fileprivate init(_ body: InflatedBody) {
            (base, inflater, limit) = (body.base.makeAsyncIterator(), Inflater(body.coding.format), body.limit)
        }

        /// - Throws: `Failure` if the data is corrupt or truncated, or decodes to too much; what the body throws.
        @concurrent mutating func next() async throws -> ByteBuffer? {
            while true {
                if input.readableBytes > 0 || mayHaveMore {
                    let piece = try piece()
                    if piece.readableBytes > 0 { return piece }
                }
                guard let more = try await base.next() else {
                    do throws(CodingError) { try inflater.finish() } catch { throw Self.failure(error) }
                    return nil
                }
                received += more.readableBytes
                input = more
            }
        }

        private mutating func piece() throws -> ByteBuffer {
            var output = ByteBufferAllocator().buffer(capacity: InflatedBody.pieceBytes)
            do {
                let read = try input.withUnsafeReadableBytes { source in
                    var read = 0
                    try output.writeWithUnsafeMutableBytes(minimumWritableBytes: InflatedBody.pieceBytes) { target in
                        let space = UnsafeMutableRawBufferPointer(rebasing: target[..<InflatedBody.pieceBytes])
                        let step = try inflater.decode(source, into: space)
                        read = step.read
                        return step.written
                    }
                    return read
                }
                input.moveReaderIndex(forwardBy: read)
            } catch let error as CodingError { throw Self.failure(error) }
            mayHaveMore = output.readableBytes == InflatedBody.pieceBytes
            decoded += output.readableBytes
            guard limit.allows(decoded: decoded, received: received) else { throw Self.expandsTooMuch(limit) }
            return output
        }

        private static func failure(_ error: CodingError) -> Failure {
            switch error {
            case .corrupt: .invalid("the compressed body is corrupt: it does not match its Content-Encoding", code: "invalid_encoding")
            case .truncated: .invalid("the compressed body is truncated", code: "invalid_encoding")
            case .outOfMemory: .overloaded("no memory to decode the body; try again in a moment")
            }
        }

        private static func expandsTooMuch(_ limit: InflationLimit) -> Failure {
            .tooLarge(
                "the compressed body decodes to more than \(limit.ratio) times its size and more than \(limit.freeBytes) bytes; "
                    + "send it without compression")
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(self) }
}

extension Request {
    /// Returns the request with a decoded body, of which no length is known in advance.
    ///
    /// - Throws: `RequestRefusal` for an unsupported coding.
    func decoded(within limit: InflationLimit) throws -> Request {
        guard let coding = try ContentCoding.named(by: headers[values: .contentEncoding]) else { return self }
        var head = head
        head.headerFields[.contentEncoding] = nil
        head.headerFields[.contentLength] = nil
        // Where the body is read, it is treated like any other of unknown length.
        head.headerFields[.transferEncoding] = "chunked"
        var request = Request(head: head, body: body)
        request.body = RequestBody(asyncSequence: InflatedBody(base: body, coding: coding, limit: limit))
        return request
    }
}
