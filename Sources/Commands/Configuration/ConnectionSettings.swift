import ArgumentParser
import ContextServer
import Logging

/// The sections `connections` and `keys`.
struct ConnectionSettings {
    static let maximum = Setting<Int>.integer("connections.maximum", in: 64...1_000_000)
    static let perAddress = Setting<Int>.integer("connections.unauthenticated_per_address", in: 1...1_000_000)
    static let headSeconds = Setting<Int>.integer("connections.head_seconds", in: 1...3600)
    static let idleSeconds = Setting<Int>.integer("connections.idle_seconds", in: 1...86_400)
    static let lingerSeconds = Setting<Int>.integer("connections.linger_seconds", in: 1...60)
    static let lingerBytes = Setting<Int>.bytes("connections.linger_bytes", in: 0...(1 << 30))
    static let failuresPerMinute = Setting<Int>.integer("keys.failures_per_minute", in: 1...1_000_000)

    static let all: [any AnySetting] = [
        maximum, perAddress, headSeconds, idleSeconds, lingerSeconds, lingerBytes, failuresPerMinute,
    ]

    private var limits = ConnectionLimits()
    private let isMaximumGiven: Bool
    private let isPerAddressGiven: Bool
    let failedKeysPerMinute: Int

    init(_ configuration: Configuration) {
        isMaximumGiven = configuration.value(Self.maximum) != nil
        isPerAddressGiven = configuration.value(Self.perAddress) != nil
        failedKeysPerMinute = configuration.value(Self.failuresPerMinute) ?? ServerConfiguration().failedKeysPerMinute
        if let value = configuration.value(Self.maximum) { limits.maximum = value }
        if let value = configuration.value(Self.perAddress) { limits.unauthenticatedPerAddress = value }
        if let value = configuration.value(Self.headSeconds) {
            (limits.headSeconds, limits.longestHeadSeconds) = (value, 3 * value)
        }
        if let value = configuration.value(Self.idleSeconds) { limits.idleSeconds = value }
        if let value = configuration.value(Self.lingerSeconds) { limits.lingerSeconds = value }
        if let value = configuration.value(Self.lingerBytes) { limits.lingerBytes = value }
    }

    /// Returns the connection limits, with the maximum reduced to fit the limit of open files.
    ///
    /// - Throws: `CommandFailure` if the limit of open files is too low to serve.
    /// - Parameter upstream: the maximum number of concurrent connections to model providers.
    func limits(descriptors: Int, upstream: Int, logger: Logger) throws -> ConnectionLimits {
        var limits = limits
        let needed = DescriptorLimit.reserve + upstream + DescriptorLimit.fewestConnections
        guard let fitting = DescriptorLimit.connections(under: descriptors, upstream: upstream, wanted: limits.maximum) else {
            throw CommandFailure(
                "the limit of open files is \(descriptors), and serving needs at least \(needed); raise it with `ulimit -n 4096`"
            )
        }
        if fitting < limits.maximum {
            logger.log(
                level: isMaximumGiven ? .warning : .notice, "maximum connections reduced to fit the limit of open files",
                metadata: ["connections": "\(fitting)", "wanted": "\(limits.maximum)", "open_files": "\(descriptors)"])
        }
        limits.maximum = fitting
        if !isPerAddressGiven { limits.unauthenticatedPerAddress = max(1, fitting / 4) }
        logger.info("connection limits", metadata: ["connections": "\(fitting)", "open_files": "\(descriptors)"])
        return limits
    }
}
