import JSON
import Synchronization

/// The requests of one connection that are being answered, so that a notification can cancel one.
final class RunningRequests: Sendable {
    private let cancellations = Mutex<[[UInt8]: AsyncStream<Void>.Continuation]>([:])

    /// Registers a request.
    ///
    /// - Returns: a stream that gives one element when the client cancels; `nil` where the id is taken already.
    func start(_ id: RPCID) -> AsyncStream<Void>? {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let isNew = cancellations.withLock { table in
            guard table[Self.key(id)] == nil else { return false }
            table[Self.key(id)] = continuation
            return true
        }
        return isNew ? stream : nil
    }

    func finish(_ id: RPCID) {
        cancellations.withLock { $0.removeValue(forKey: Self.key(id)) }?.finish()
    }

    /// Does nothing where no such request runs.
    func cancel(_ id: RPCID) {
        _ = cancellations.withLock { $0[Self.key(id)] }?.yield()
    }

    /// `"1"` and `1` are two ids.
    private static func key(_ id: RPCID) -> [UInt8] { id.json.serialized() }
}
