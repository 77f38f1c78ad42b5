import Synchronization

/// Records what the upstream has sent, by order number.
final class UpstreamLedger: Sendable {
    struct Usage: Hashable, Sendable {
        var prompt = 0
        var completion = 0
    }

    struct Entry: Sendable {
        var attempts = 0
        /// The last usage that was sent; `nil` if none was.
        var usage: Usage?
    }

    private let entries = Mutex<[Int: Entry]>([:])

    /// - Returns: how many times this order has been received, including this time.
    func begin(_ number: Int) -> Int {
        entries.withLock { entries in
            entries[number, default: Entry()].attempts += 1
            return entries[number]?.attempts ?? 1
        }
    }

    func sent(_ usage: Usage, for number: Int) { entries.withLock { $0[number, default: Entry()].usage = usage } }

    var all: [Int: Entry] { entries.withLock { $0 } }

    subscript(number: Int) -> Entry? { entries.withLock { $0[number] } }
}
