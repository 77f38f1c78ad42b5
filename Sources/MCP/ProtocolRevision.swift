import ByteText

/// The revisions of the protocol that we serve, oldest first.
package enum ProtocolRevision: String, CaseIterable, Sendable, Comparable {
    case march2025 = "2025-03-26"
    case june2025 = "2025-06-18"
    case november2025 = "2025-11-25"
    case july2026 = "2026-07-28"

    /// Each request stands alone and carries its version; before that a handshake fixed it.
    package var isModern: Bool { self >= .july2026 }

    package static let modern = allCases.filter(\.isModern)
    package static let legacy = allCases.filter { !$0.isModern }

    /// What a client gets whose offer we do not serve.
    package static let newestLegacy = ProtocolRevision.november2025
    /// What a client has that names no version: the last revision without a version header.
    package static let unnamed = ProtocolRevision.march2025

    /// The handshake revision of that name.
    package static func legacy(_ name: String) -> ProtocolRevision? { legacy.first { name.hasSameBytes(as: $0.rawValue) } }

    package static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }

    /// Titles of tools, resources and prompts; `structuredContent` and `outputSchema`.
    var hasTitlesAndStructuredResults: Bool { self >= .june2025 }
    var hasWebsiteURL: Bool { self >= .november2025 }
    var hasBatches: Bool { self == .march2025 }
}

/// Names of members of `_meta` that the protocol reserves.
enum MetaKey {
    static let protocolVersion = "io.modelcontextprotocol/protocolVersion"
    static let clientCapabilities = "io.modelcontextprotocol/clientCapabilities"
    static let serverInfo = "io.modelcontextprotocol/serverInfo"
}
