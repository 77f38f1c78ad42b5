import Failure
import HTTPTypes
package import NIOCore

/// Cancels the task of a request that takes too long, or whose client has disconnected.
package struct RequestDeadline: Sendable {
    /// Maximum duration; `nil` if only a disconnected client ends a request.
    package let limit: TimeAmount?

    package init(limit: TimeAmount?) { self.limit = limit }

    /// Returns the result of `body`, which runs in a child task, so that its cancellation does not affect the connection's own task.
    ///
    /// - Parameter channel: a connection that has a `ConnectionEnd`.
    /// - Throws: `Failure.deadlineExceeded`; what `body` throws.
    package func run<Value: Sendable>(
        on channel: any Channel, _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let watch = try await ClientWatch.begin(on: channel, limit: limit)
        do {
            return try await withThrowingTaskGroup(of: Value.self) { group in
                group.addTask { try await watch.run { try await body() } }
                guard let value = try await group.next() else { throw CancellationError() }
                return value
            }
        } catch  where watch.isLate {
            throw Failure.deadlineExceeded(seconds: (limit?.nanoseconds ?? 0) / 1_000_000_000)
        }
    }
}

extension Failure {
    static func deadlineExceeded(seconds: Int64) -> Failure {
        Failure(
            .deadlineExceeded, code: "deadline_exceeded",
            "the request was not completed within \(seconds) s and was cancelled; send a smaller request, or try again later",
            retryAfterSeconds: 5)
    }
}
