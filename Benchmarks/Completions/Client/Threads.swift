import Foundation
import Synchronization

/// Blocking work on threads of its own.
enum Threads {
    private final class Results<Value: Sendable>: Sendable {
        let all = Mutex<[Result<Value, any Error>]>([])
    }

    /// Runs `body` with 0 to `count` - 1 side by side.
    ///
    /// - Throws: what one of them threw, when all have ended.
    static func run<Value: Sendable>(_ count: Int, _ body: @escaping @Sendable (Int) throws -> Value) throws -> [Value] {
        let (results, group) = (Results<Value>(), DispatchGroup())
        for place in 0..<count {
            group.enter()
            Thread.detachNewThread {
                let result = Result { try body(place) }
                results.all.withLock { $0.append(result) }
                group.leave()
            }
        }
        group.wait()
        return try results.all.withLock { try $0.map { try $0.get() } }
    }
}
