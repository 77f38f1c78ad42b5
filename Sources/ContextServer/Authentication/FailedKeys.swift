import NIOCore
import Synchronization

/// A rate limit for addresses that send invalid keys: after `perMinute` failures a minute the server tells them to wait. A valid key is
/// never refused because other clients at its address failed.
final class FailedKeys: Sendable {
    private let buckets: Mutex<FailureBuckets>
    private let slowedDown = Mutex(0)

    init(perMinute: Int) { buckets = Mutex(FailureBuckets(perMinute: perMinute)) }

    /// Number of times an address was told to wait.
    var refused: Int { slowedDown.withLock { $0 } }

    /// Records that `channel` sent an invalid key.
    ///
    /// - Returns: the seconds that the address has to wait if it failed too often, else `nil`.
    func note(_ channel: any Channel) -> Int? {
        let address = ClientAddress(channel.remoteAddress)
        let seconds = buckets.withLock { $0.fail(address, at: .now) }
        if seconds != nil { slowedDown.withLock { $0 += 1 } }
        return seconds
    }
}
