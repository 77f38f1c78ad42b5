import NIOCore
import Synchronization

/// Slows down addresses whose keys fail: after `perMinute` failures a minute they are told to wait. A valid key is never refused for the
/// failures of others at its address.
final class FailedKeys: Sendable {
    private let buckets: Mutex<FailureBuckets>
    private let slowedDown = Mutex(0)

    init(perMinute: Int) { buckets = Mutex(FailureBuckets(perMinute: perMinute)) }

    /// How often an address was told to wait.
    var refused: Int { slowedDown.withLock { $0 } }

    /// Notes that a key that came over `channel` is not valid.
    ///
    /// - Returns: the seconds that the address has to wait, where it has failed too often.
    func note(_ channel: any Channel) -> Int? {
        let address = ClientAddress(channel.remoteAddress)
        let seconds = buckets.withLock { $0.fail(address, at: .now) }
        if seconds != nil { slowedDown.withLock { $0 += 1 } }
        return seconds
    }
}
