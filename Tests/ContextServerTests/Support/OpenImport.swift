import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// An import whose body does not end: a request that stays in progress.
struct OpenImport {
    private let sender: AsyncStream<ByteBuffer>.Continuation
    /// Kept alive, since dropping it closes the connection.
    private let progress: HTTPClientResponse.Body.AsyncIterator

    /// Returns when the server has acknowledged its first lines.
    static func begin(_ client: TestClient) async throws -> OpenImport {
        let (lines, sender) = AsyncStream.makeStream(of: ByteBuffer.self)
        var request = client.request(.POST, "/v1/documents/import", nil, type: "application/x-ndjson")
        request.body = .stream(lines, length: .unknown)
        sender.yield(ByteBuffer(string: String(repeating: "{\"text\":\"one\"}\n", count: 64)))
        let response = try await HTTPClient.shared.execute(request, timeout: .minutes(2))
        var progress = response.body.makeAsyncIterator()
        _ = try await progress.next()
        return OpenImport(sender: sender, progress: progress)
    }

    func end() { sender.finish() }
}
