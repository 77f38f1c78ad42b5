import Foundation

/// The limit of open file descriptors of this process.
public enum DescriptorLimit {
    /// Number of descriptors reserved for everything but connections: the catalog and its readers, index files while they are read and
    /// written, event loops, logs. A process that runs out of descriptors does not survive: the system's dispatch library traps when it
    /// cannot open a file of its own.
    public static let reserve = 192
    /// Minimum number of connections that serving requires.
    public static let fewestConnections = 64
    /// Maximum limit to request: some systems size tables by the limit.
    private static let most = 1 << 20

    /// Raises the soft limit to the hard limit, at most `most`.
    ///
    /// - Returns: the resulting soft limit.
    @discardableResult
    public static func raise() -> Int {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(resource, &limit) == 0 else { return most }
        let (before, wanted) = (limit.rlim_cur, min(limit.rlim_max, rlim_t(most)))
        limit.rlim_cur = max(before, wanted)
        if before < wanted, setrlimit(resource, &limit) != 0 { limit.rlim_cur = before }
        return Int(min(limit.rlim_cur, rlim_t(most)))
    }

    /// Returns how many client connections fit under `limit` descriptors, at most `wanted`; `nil` if the limit is too low to serve.
    ///
    /// - Parameter upstream: maximum number of open connections to model providers.
    public static func connections(under limit: Int, upstream: Int, wanted: Int) -> Int? {
        let left = limit - reserve - upstream
        return left >= fewestConnections ? min(wanted, left) : nil
    }
}
