import AsyncHTTPClient
import Gzip
import JSON
import NIOCore
import NIOHTTP1
import NIOPosix

/// Bodies in the gzip coding.
enum Coded {
    static func gzip(_ bytes: [UInt8]) throws -> [UInt8] {
        let deflater = try Deflater()
        var output = [UInt8](repeating: 0, count: bytes.count + bytes.count / 100 + 1024)
        let step = bytes.withUnsafeBytes { source in output.withUnsafeMutableBytes { deflater.encode(source, into: $0, next: .end) } }
        return Array(output[..<step.written])
    }

    static func gzip(_ text: String) throws -> [UInt8] { try gzip(Array(text.utf8)) }

    /// - Parameter limit: maximum size of the content, in bytes.
    static func plain(_ bytes: [UInt8], upTo limit: Int = 8 << 20) throws -> [UInt8] {
        let inflater = Inflater(.gzip)
        var output = [UInt8](repeating: 0, count: limit)
        let step = try bytes.withUnsafeBytes { source in try output.withUnsafeMutableBytes { try inflater.decode(source, into: $0) } }
        try inflater.finish()
        return Array(output[..<step.written])
    }

    /// A gzip body that decodes to `count` megabytes of the letter `a`.
    static func bomb(megabytes count: Int) throws -> [UInt8] {
        let deflater = try Deflater()
        let part = [UInt8](repeating: UInt8(ascii: "a"), count: 1 << 20)
        var (result, output) = ([UInt8](), [UInt8](repeating: 0, count: 64 << 10))
        for number in 0...count {
            let (bytes, next) = number < count ? (part, Deflater.Next.more) : ([], .end)
            let step = bytes.withUnsafeBytes { source in output.withUnsafeMutableBytes { deflater.encode(source, into: $0, next: next) } }
            result += output[..<step.written]
        }
        return result
    }
}

extension TestClient {
    /// A client that does not decode responses, unlike the shared one.
    private static let rawClient = HTTPClient(
        eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton), configuration: .init(decompression: .disabled))

    /// Sends a request and returns the response as it was sent.
    func raw(_ method: HTTPMethod, _ path: String, _ value: JSONValue? = nil, accepting codings: String? = nil) async throws -> Answer {
        var request = request(method, path, value?.serialized(), type: value.map { _ in "application/json" })
        request.headers.remove(name: "Accept-Encoding")
        if let codings { request.headers.add(name: "Accept-Encoding", value: codings) }
        let response = try await Self.rawClient.execute(request, timeout: .minutes(5))
        let body = try await response.body.collect(upTo: 64 << 20)
        return Answer(status: Int(response.status.code), headers: response.headers, body: Array(body.readableBytesView))
    }

    /// Sends a body in the gzip coding, which is compressed here.
    func sendGzip(
        _ method: String = "POST", _ path: String, _ text: String, type: String = "application/json", coding: String = "gzip"
    ) async throws -> Answer {
        try await send(.init(rawValue: method), path, Coded.gzip(text), type: type, headers: [("Content-Encoding", coding)])
    }
}
