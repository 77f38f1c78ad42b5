/// The condition of `waitUntil` did not become true in time.
public struct WaitTimeout: Error {}

/// Waits until `condition` is true, for state that has no signal to await.
///
/// - Throws: `WaitTimeout` after two minutes.
public func waitUntil(_ condition: () -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(120)
    while !condition() {
        guard ContinuousClock.now < deadline else { throw WaitTimeout() }
        await Task.yield()
    }
}

/// Waits until the current task is cancelled.
public func waitUntilCancelled() async {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
    for await _ in stream {}
    withExtendedLifetime(continuation) {}
}
