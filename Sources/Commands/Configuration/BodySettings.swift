import ContextServer
import JSON

/// The sections `json` and `metadata`: limits on a request's JSON and a document's metadata.
enum BodySettings {
    static let jsonValues = Setting<Int>.integer("json.values", in: 1...100_000_000)
    static let jsonMembers = Setting<Int>.integer("json.members", in: 1...100_000_000)
    static let jsonDepth = Setting<Int>.integer("json.depth", in: 1...JSONLimits.depthCeiling)
    /// Maximum memory for the values of one body.
    static let jsonMemory = Setting<Int>.bytes("json.memory", in: (1 << 20)...Int.max)
    static let metadataBytes = Setting<Int>.bytes("metadata.bytes", in: 0...(16 << 20))
    static let metadataValues = Setting<Int>.integer("metadata.values", in: 0...1_000_000)
    static let metadataDepth = Setting<Int>.integer("metadata.depth", in: 1...JSONLimits.depthCeiling)

    static let all: [any AnySetting] = [
        jsonValues, jsonMembers, jsonDepth, jsonMemory, metadataBytes, metadataValues, metadataDepth,
    ]

    static func json(_ configuration: Configuration) -> JSONLimits {
        var limits = JSONLimits.default
        if let values = configuration.value(jsonValues) { limits.maximumValues = values }
        if let members = configuration.value(jsonMembers) { limits.maximumMembers = members }
        if let depth = configuration.value(jsonDepth) { limits.maximumDepth = depth }
        if let memory = configuration.value(jsonMemory) { limits.maximumMemory = memory }
        return limits
    }

    static func metadata(_ configuration: Configuration) -> MetadataLimits {
        var limits = MetadataLimits()
        if let bytes = configuration.value(metadataBytes) { limits.bytes = bytes }
        if let values = configuration.value(metadataValues) { limits.values = values }
        if let depth = configuration.value(metadataDepth) { limits.depth = depth }
        return limits
    }
}
