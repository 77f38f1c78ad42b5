import ByteText

/// The supported protocol revisions, oldest first.
package enum ProtocolRevision: String, CaseIterable, Sendable, Comparable {
    case november2024 = "2024-11-05"
    case march2025 = "2025-03-26"
    case june2025 = "2025-06-18"
    case november2025 = "2025-11-25"
    case july2026 = "2026-07-28"

    /// Whether each request is self-contained and carries its version; in older revisions, a handshake negotiates the version.
    package var isModern: Bool { self >= .july2026 }

    package static let modern = allCases.filter(\.isModern)
    package static let legacy = allCases.filter { !$0.isModern }

    /// The revision for clients that offer an unsupported one.
    package static let newestLegacy = ProtocolRevision.november2025
    /// The revision for clients that send no version: the last one without a version header.
    package static let unnamed = ProtocolRevision.march2025

    /// Returns the handshake revision with that name.
    package static func legacy(_ name: String) -> ProtocolRevision? { legacy.first { name.hasSameBytes(as: $0.rawValue) } }

    package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }

    /// Whether tools have annotations, and the capability `completions` exists.
    var hasAnnotationsAndCompletions: Bool { self >= .march2025 }
    /// Whether tools, resources and prompts have titles, and tools have `structuredContent` and `outputSchema`.
    var hasTitlesAndStructuredResults: Bool { self >= .june2025 }
    var hasWebsiteURL: Bool { self >= .november2025 }
    var hasBatches: Bool { self == .march2025 }
}

/// The names of `_meta` members that the protocol reserves.
enum MetaKey {
    static let protocolVersion = "io.modelcontextprotocol/protocolVersion"
    static let clientCapabilities = "io.modelcontextprotocol/clientCapabilities"
    static let serverInfo = "io.modelcontextprotocol/serverInfo"
}
