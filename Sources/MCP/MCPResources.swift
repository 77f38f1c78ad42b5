public import JSON

/// The resources that a server offers: all URIs of one template.
public struct MCPResources<Principal: Sendable>: Sendable {
    /// Returns one page of the principal's resources, and the `after` of the next page: any text by which it finds its position. The limit
    /// may be 0, for which the page is empty.
    public typealias List =
        @Sendable (
            _ principal: Principal, _ after: String?, _ limit: Int
        ) async throws -> (resources: [MCPResource], next: String?)
    /// Returns the text of a resource; `nil` if the principal has none with this URI.
    public typealias Read = @Sendable (_ principal: Principal, _ uri: String) async throws -> MCPResourceText?
    /// Returns the values of the template's variable that begin with `prefix`: at most `limit`, and their total number.
    public typealias Complete =
        @Sendable (
            _ principal: Principal, _ prefix: String, _ limit: Int
        ) async throws -> (values: [String], total: Int)

    /// The template (RFC 6570), with one variable.
    public let uriTemplate: String
    public let variable: String
    public let name: String
    public let title: String
    public let description: String
    /// Returns whether a URI has the form of the template.
    let matches: @Sendable (_ uri: String) -> Bool
    let list: List
    let read: Read
    let complete: Complete

    public init(
        uriTemplate: String, variable: String, name: String, title: String, description: String,
        matches: @escaping @Sendable (_ uri: String) -> Bool, list: @escaping List, read: @escaping Read, complete: @escaping Complete
    ) {
        (self.uriTemplate, self.variable, self.name, self.title) = (uriTemplate, variable, name, title)
        (self.description, self.matches, self.list, self.read, self.complete) = (description, matches, list, read, complete)
    }
}

/// A resource in a list.
public struct MCPResource: Sendable {
    public let uri: String
    /// The resource's id, unique among the principal's resources.
    public let name: String
    public let title: String
    public let mimeType: String
    /// Size of the text, in UTF-8 bytes.
    public let size: Int
    /// The time of the last update, in ISO 8601, UTC.
    public let lastModified: String

    public init(uri: String, name: String, title: String, mimeType: String, size: Int, lastModified: String) {
        (self.uri, self.name, self.title) = (uri, name, title)
        (self.mimeType, self.size, self.lastModified) = (mimeType, size, lastModified)
    }
}

/// The contents of a resource.
public struct MCPResourceText: Sendable {
    public let mimeType: String
    public let text: String
    /// Metadata that clients get with the text, as `_meta`; keys have a prefix, such as `example.org/pages`.
    public let metadata: JSONObject

    public init(mimeType: String, text: String, metadata: JSONObject = [:]) {
        (self.mimeType, self.text, self.metadata) = (mimeType, text, metadata)
    }
}
