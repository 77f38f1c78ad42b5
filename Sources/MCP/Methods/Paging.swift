import ByteText
import JSON

/// A position in a paged list, encoded as an opaque string: base64url of `{"v":1,"list":…,"after":…}`.
///
/// A cursor grants no access: the list after it holds only the caller's documents, whoever created the cursor.
package struct PageCursor: Equatable, Sendable {
    static let version: Int64 = 1
    static let list = "resources"
    /// Maximum cursor length, in bytes. The longest valid cursor is shorter: it holds a 576-byte position, escaped to at most 6 bytes per
    /// byte.
    static let maximumBytes = 8192

    /// The position after the previous page, as `MCPResources.List` returned it.
    package let after: String

    package init(after: String) { self.after = after }

    /// - Returns: `nil` for any string that `encoded` cannot produce.
    package init?(_ encoded: String, positionBytes: Int) {
        guard encoded.utf8.count <= Self.maximumBytes,
            let bytes = Base64.decode(encoded, alphabet: .url),
            let value = try? JSONValue(parsing: bytes, limits: JSONLimits(maximumDepth: 1)),
            case .object(let object) = value, object.count == 3,
            object["v"] == .integer(Self.version), object["list"] == .string(Self.list),
            case .string(let after)? = object["after"], !after.isEmpty, after.utf8.count <= positionBytes
        else { return nil }
        self.after = after
        guard self.encoded.hasSameBytes(as: encoded) else { return nil }
    }

    package var encoded: String {
        let object: JSONObject = ["v": .integer(Self.version), "list": .string(Self.list), "after": .string(after)]
        return Base64.encode(object.serialized(), alphabet: .url)
    }
}

extension MCPServer {
    /// Returns the cursor of a paged request, or `nil` for the first page.
    func cursor(_ params: JSONObject) throws(RPCError) -> PageCursor? {
        guard let value = Self.givenCursor(params) else { return nil }
        guard case .string(let text) = value else { throw .invalidParams("cursor must be a string") }
        guard let cursor = PageCursor(text, positionBytes: limits.positionBytes) else {
            throw .invalidParams("cursor is not one that this list gave")
        }
        return cursor
    }

    /// Rejects a cursor in requests for single-page lists, which never return one.
    func refuseCursor(_ params: JSONObject) throws(RPCError) {
        guard Self.givenCursor(params) == nil else { throw .invalidParams("cursor is not one that this list gave") }
    }

    /// Returns the cursor of any type; `nil` if it is absent or unset, which some clients write as `null`, `""` or `{}`.
    private static func givenCursor(_ params: JSONObject) -> JSONValue? {
        let unset: [JSONValue] = [.null, "", [:]]
        return params["cursor"].flatMap { unset.contains($0) ? nil : $0 }
    }
}
