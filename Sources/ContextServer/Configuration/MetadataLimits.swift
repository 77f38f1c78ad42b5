package import JSON

/// The limits of one document's metadata, which is parsed again on every read, for every filter and for every hit.
public struct MetadataLimits: Hashable, Sendable {
    /// Maximum size as compact JSON, in bytes.
    public var bytes = 64 << 10
    /// Maximum number of values: scalars, arrays and objects alike, the metadata object not counted.
    public var values = 4096
    /// Maximum nesting depth of arrays and objects, the metadata object included.
    public var depth = 16

    public init() {}

    /// - Throws: `JSONFieldError` for `metadata` that names the limit.
    package func check(_ metadata: JSONObject) throws(JSONFieldError) {
        var left = values
        guard fits(.object(metadata), depth: 1, &left) else {
            let rule =
                left < 0 ? "must not contain more than \(values) values" : "must not be nested deeper than \(depth) arrays and objects"
            throw JSONFieldError(path: "metadata", reason: rule)
        }
        guard metadata.serialized().count <= bytes else {
            throw JSONFieldError(path: "metadata", reason: "must not be larger than \(bytes) bytes")
        }
    }

    /// - Parameter left: number of values that may follow; negative if there are too many.
    private func fits(_ value: JSONValue, depth level: Int, _ left: inout Int) -> Bool {
        switch value {
        case .array(let elements): level <= depth && elements.allSatisfy { take(&left) && fits($0, depth: level + 1, &left) }
        case .object(let object): level <= depth && object.allSatisfy { take(&left) && fits($0.value, depth: level + 1, &left) }
        case .null, .bool, .integer, .bigInteger, .number, .string: true
        }
    }

    private func take(_ left: inout Int) -> Bool {
        left -= 1
        return left >= 0
    }
}
