import Foundation

/// The limit of open file descriptors of this process.
public enum DescriptorLimit {
    /// Descriptors that are kept for everything but connections: the catalog and its readers, index files while they are read and written,
    /// event loops, logs. A process that runs out of descriptors does not survive: the system's dispatch library traps when it cannot open a
    /// file of its own.
    public static let reserve = 192
    /// Connections below which serving makes no sense.
    public static let fewestConnections = 64
    /// More is never asked for: some systems size tables by the limit.
    private static let most = 1 << 20

    /// Raises the soft limit to the hard one.
    ///
    /// - Returns: the soft limit that holds then.
    @discardableResult
    public static func raise() -> Int {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(resource, &limit) == 0 else { return most }
        let wanted = min(limit.rlim_max, rlim_t(most))
        if limit.rlim_cur < wanted {
            let before = limit.rlim_cur
            limit.rlim_cur = wanted
            if setrlimit(resource, &limit) != 0 { limit.rlim_cur = before }
        }
        return Int(min(limit.rlim_cur, rlim_t(most)))
    }

    /// The connections of clients that fit under `limit` descriptors, at most `wanted`; `nil` where the limit is too low to serve.
    ///
    /// - Parameter upstream: connections to model providers that may be open at once.
    public static func connections(under limit: Int, upstream: Int, wanted: Int) -> Int? {
        let left = limit - reserve - upstream
        return left >= fewestConnections ? min(wanted, left) : nil
    }
}
