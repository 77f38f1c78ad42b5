import JSON
import Synchronization

/// The running requests of one connection, which notifications can cancel.
final class RunningRequests: Sendable {
    private let cancellations = Mutex<[[UInt8]: AsyncStream<Void>.Continuation]>([:])

    /// Registers a request.
    ///
    /// - Returns: a stream that yields one element when the client cancels the request; `nil` if the id is already in use.
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

    /// Cancels the request with that id, if it is running.
    func cancel(_ id: RPCID) {
        _ = cancellations.withLock { $0[Self.key(id)] }?.yield()
    }

    /// Returns the id as JSON, so that `"1"` and `1` are different keys.
    private static func key(_ id: RPCID) -> [UInt8] { id.json.serialized() }
}
