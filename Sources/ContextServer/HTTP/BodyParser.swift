package import JSON

/// A parser of request bodies that runs on the calling thread: a request whose body is not small runs on its tenant's workers (see
/// `TenantWork`), so that parsing delays neither an event loop nor another tenant. Parsing stops when the task is cancelled.
package struct BodyParser: Sendable {
    /// Limits of one body.
    package let limits: JSONLimits

    package init(limits: JSONLimits = .default) { self.limits = limits }

    /// Parses JSON.
    ///
    /// - Throws: `JSONError`; `CancellationError`.
    package func value(_ bytes: [UInt8]) throws -> JSONValue {
        try run { isCancelled in
            do throws(JSONError) {
                return try JSONValue(parsing: bytes, limits: limits(for: bytes.count), isCancelled: isCancelled)
            } catch {
                if error.code == .cancelled { throw CancellationError() }
                throw error
            }
        }
    }

    /// Runs `body` with a function that returns whether the task is cancelled.
    ///
    /// - Throws: what `body` throws.
    package func run<Value>(_ body: (_ isCancelled: @escaping @Sendable () -> Bool) throws -> Value) throws -> Value {
        try body { Task.isCancelled }
    }

    /// Returns limits that fit the body's size: text takes as much memory as it has bytes, so any document that may be sent can be parsed.
    private func limits(for bytes: Int) -> JSONLimits {
        var limits = limits
        limits.maximumMemory = max(limits.maximumMemory, 2 * bytes)
        return limits
    }
}
