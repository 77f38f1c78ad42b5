internal import CSandbox
import Foundation

/// What a worker does with each document in place of reading it, so that tests and `contextd worker --check` see the sandbox hold. Nothing
/// that a client sends can choose one: only the command line does.
public enum SelfTest: String, Sendable, CaseIterable {
    /// Computes for ever.
    case hang
    /// Sleeps for ever.
    case sleep
    case crash
    /// Takes memory until there is none.
    case allocate
    /// Recurses until the stack is full.
    case recurse
    case connect
    case open
    case write
    case exec
    case fork
    /// Sends a signal to the server.
    case signal
    /// Replies with a document whose ranges are outside of its text.
    case lie
    /// Replies with bytes that are no reply.
    case babble

    /// Does what does not reply.
    ///
    /// - Returns: the `errno` of the denied action; 0 if it was not denied.
    func perform() -> Int32 {
        switch self {
        case .hang: while true { Self.step() }
        case .sleep: while true { _ = poll(nil, 0, -1) }
        case .crash: abort()
        case .allocate:
            var blocks: [[UInt8]] = []
            while true { blocks.append([UInt8](repeating: 1, count: 8 << 20)) }
        case .recurse: return Int32(truncatingIfNeeded: Self.recurse(0))
        case .connect: return cs_try_connect()
        case .open: return cs_try_open("/etc/passwd", 0)
        case .write: return cs_try_open("/tmp/contextd-worker-self-test", 1)
        case .exec: return cs_try_exec()
        case .fork: return cs_try_fork()
        case .signal: return cs_try_signal(getppid())
        case .lie, .babble: return 0
        }
    }

    @inline(never) private static func step() { withExtendedLifetime(counter.add()) {} }

    private static let counter = Counter()

    private final class Counter: Sendable {
        @inline(never) func add() {}
    }

    @inline(never) private static func recurse(_ depth: Int) -> Int {
        var space = [depth, depth + 1]
        space[depth & 1] = depth &+ 1 < 0 ? 0 : recurse(depth + 1)
        return space[0] &+ space[1]
    }
}
