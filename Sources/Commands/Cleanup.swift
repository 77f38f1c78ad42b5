/// Runs `body`, and then `cleanUp`, even if `body` throws.
func withCleanup<Value>(_ body: () async throws -> Value, cleanUp: () async -> Void) async throws -> Value {
    do {
        let value = try await body()
        await cleanUp()
        return value
    } catch {
        await cleanUp()
        throw error
    }
}
