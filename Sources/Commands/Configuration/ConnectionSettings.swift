import ArgumentParser
import ContextServer
import Logging

/// The sections `connections` and `keys`.
enum ConnectionSettings {
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

    /// Returns the connection limits, with the maximum reduced to fit the limit of open files.
    ///
    /// - Parameter upstream: the maximum number of concurrent connections to model providers.
    /// - Throws: `CommandFailure` if the limit of open files is too low to serve.
    static func limits(_ configuration: Configuration, descriptors: Int, upstream: Int, logger: Logger) throws -> ConnectionLimits {
        var limits = ConnectionLimits()
        if let value = configuration.value(maximum) { limits.maximum = value }
        if let value = configuration.value(headSeconds) { (limits.headSeconds, limits.longestHeadSeconds) = (value, 3 * value) }
        if let value = configuration.value(idleSeconds) { limits.idleSeconds = value }
        if let value = configuration.value(lingerSeconds) { limits.lingerSeconds = value }
        if let value = configuration.value(lingerBytes) { limits.lingerBytes = value }
        let needed = DescriptorLimit.reserve + upstream + DescriptorLimit.fewestConnections
        guard let fitting = DescriptorLimit.connections(under: descriptors, upstream: upstream, wanted: limits.maximum) else {
            throw CommandFailure(
                "the limit of open files is \(descriptors), and serving needs at least \(needed); raise it with `ulimit -n 4096`"
            )
        }
        if fitting < limits.maximum {
            logger.log(
                level: configuration.value(maximum) == nil ? .notice : .warning,
                "maximum connections reduced to fit the limit of open files",
                metadata: ["connections": "\(fitting)", "wanted": "\(limits.maximum)", "open_files": "\(descriptors)"])
        }
        limits.maximum = fitting
        limits.unauthenticatedPerAddress = configuration.value(perAddress) ?? max(1, fitting / 4)
        logger.info("connection limits", metadata: ["connections": "\(fitting)", "open_files": "\(descriptors)"])
        return limits
    }
}
