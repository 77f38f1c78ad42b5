import ScriptedUpstream
import Synchronization
import Upstream

/// Records waits instead of waiting.
final class RecordedPacing: Sendable {
    private let sleeps = Mutex<[Duration]>([])
    let now: Int64

    /// The recorded waits.
    var waits: [Duration] { sleeps.withLock { $0 } }

    init(now: Int64 = 784_111_777) { self.now = now }

    /// - Parameter share: the position of "random" values in their range, from 0 to 1.
    func pacing(share: Double = 1) -> UpstreamPacing {
        UpstreamPacing(
            now: { [now] in now },
            sleep: { duration in
                self.sleeps.withLock { $0.append(duration) }
                try Task.checkCancellation()
            }, random: { $0.lowerBound + ($0.upperBound - $0.lowerBound) * share })
    }
}

/// The key that must not appear anywhere.
let testKey = "sk-verysecret-0123456789"

extension ScriptedUpstream {
    /// A client of this provider with its own connections.
    func client(
        _ pacing: UpstreamPacing? = nil, connectTimeout: Duration = .seconds(60)
    ) throws -> UpstreamClient {
        try UpstreamClient(
            base: BaseURL(base), key: Secret(testKey), transport: UpstreamTransport(connectTimeout: connectTimeout),
            pacing: pacing ?? RecordedPacing().pacing())
    }
}

extension UpstreamRequest {
    /// A request with timeouts that are long enough for a busy machine, unless a test sets them.
    static func test(
        firstByte: Duration = .seconds(30), idle: Duration = .seconds(30), retries: RetryPolicy = .patient, limit: Int = 1 << 20
    ) -> UpstreamRequest {
        var request = UpstreamRequest(.post, "/embeddings", body: Array(#"{"model":"m"}"#.utf8))
        request.timeouts = UpstreamTimeouts(firstByte: firstByte, idle: idle)
        request.retries = retries
        request.maximumResponseBytes = limit
        return request
    }
}

extension UpstreamBody {
    /// Reads the whole body.
    func collected() async throws(UpstreamError) -> [UInt8] {
        var bytes: [UInt8] = []
        let parts = makeAsyncIterator()
        while let part = try await parts.next() { bytes.append(contentsOf: part) }
        return bytes
    }
}
