import Foundation
import Synchronization

/// Runs blocking work on dedicated threads.
enum Threads {
    private final class Results<Value: Sendable>: Sendable {
        let all = Mutex<[Result<Value, any Error>]>([])
    }

    /// Runs `body` concurrently for each number from 0 to `count` - 1.
    ///
    /// - Throws: an error that one of them threw, after all have ended.
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
