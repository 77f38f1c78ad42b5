internal import CSandbox

/// What encloses a worker. What the kernel lacks, or a container denies, is missing from the set.
public struct Protections: OptionSet, Sendable, Hashable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Limits of memory, processor time, files and processes.
    public static let limits = Protections(rawValue: UInt32(CS_LIMITS))
    /// No program that it could start would gain privileges.
    public static let noNewPrivileges = Protections(rawValue: UInt32(CS_NO_NEW_PRIVILEGES))
    /// It is not root and has no capability.
    public static let noCapabilities = Protections(rawValue: UInt32(CS_NO_CAPABILITIES))
    /// It has namespaces of its own, without network.
    public static let namespaces = Protections(rawValue: UInt32(CS_NAMESPACES))
    /// Landlock: it can open no file.
    public static let landlock = Protections(rawValue: UInt32(CS_LANDLOCK))
    /// A filter lets only the system calls pass that computing, reading and writing need.
    public static let systemCallFilter = Protections(rawValue: UInt32(CS_SECCOMP))

    /// All protections with their names, for logs and `contextd worker --check`.
    public static let named: [(protection: Protections, name: String)] = [
        (.limits, "resource limits"), (.noNewPrivileges, "no new privileges"), (.noCapabilities, "no capabilities"),
        (.namespaces, "namespaces"), (.landlock, "landlock"), (.systemCallFilter, "seccomp"),
    ]

    /// The names of the protections that are not in the set.
    public var missing: [String] { Self.named.filter { !contains($0.protection) }.map(\.name) }
}
