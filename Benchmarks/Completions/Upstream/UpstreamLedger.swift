import Synchronization

/// What the upstream has sent, by the numbers of the orders.
final class UpstreamLedger: Sendable {
    struct Usage: Hashable, Sendable {
        var prompt = 0
        var completion = 0
    }

    struct Entry: Sendable {
        var attempts = 0
        /// The last that went out; `nil` where none did.
        var usage: Usage?
    }

    private let entries = Mutex<[Int: Entry]>([:])

    /// - Returns: how often this order was sent, this time included.
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
