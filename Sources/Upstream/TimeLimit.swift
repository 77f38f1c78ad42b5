/// Ends work that takes too long.
enum TimeLimit {
    struct Exceeded: Error {}

    /// - Throws: `Exceeded` once `limit` is over and `body`, cancelled, has returned; what `body` throws before that.
    static func run<Value: Sendable>(_ limit: Duration, _ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await Task.sleep(for: limit)
                return nil
            }
            defer { group.cancelAll() }
            // Two children, so there is a first to end.
            guard let first = try await group.next(), let value = first else { throw Exceeded() }
            return value
        }
    }
}
