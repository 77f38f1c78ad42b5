/// The timeouts of a request to a provider.
public struct UpstreamTimeouts: Hashable, Sendable {
    /// Timeout from sending the request, including the connection, to the response head; and from there to the first part of the body.
    public var firstByte: Duration
    /// Timeout between two later parts of the body.
    public var idle: Duration

    public init(firstByte: Duration = .seconds(60), idle: Duration = .seconds(60)) {
        (self.firstByte, self.idle) = (firstByte, idle)
    }
}

/// One HTTP request to a provider. It may be sent several times: see `RetryPolicy`.
public struct UpstreamRequest: Sendable {
    public enum Method: String, Sendable { case get = "GET", head = "HEAD", post = "POST", put = "PUT", delete = "DELETE" }

    public var method: Method
    /// The path below the base URL; begins with a slash.
    public var path: String
    /// The request body; `nil` sends none.
    public var body: [UInt8]?
    public var contentType = "application/json"
    public var accept = "application/json"
    /// Additional headers, beside those that the client itself sets.
    public var headers: [(name: String, value: String)] = []
    public var timeouts = UpstreamTimeouts()
    public var retries = RetryPolicy.patient
    /// Maximum size of the response body, in bytes.
    public var maximumResponseBytes = 64 << 20

    public init(_ method: Method, _ path: String, body: [UInt8]? = nil) {
        (self.method, self.path, self.body) = (method, path, body)
    }
}

/// A provider's complete response, with a status of 200 to 299.
public struct UpstreamResponse: Sendable {
    public let status: Int
    public let headers: UpstreamHeaders
    public let body: [UInt8]
}

/// A provider's response with a status of 200 to 299, whose body is still arriving.
public struct UpstreamStream: Sendable {
    public let status: Int
    public let headers: UpstreamHeaders
    public let body: UpstreamBody
}

/// The headers of a response; names are compared case-insensitively.
public struct UpstreamHeaders: Sendable {
    public let fields: [(name: String, value: String)]

    /// The first value of the header with that name.
    public subscript(name: String) -> String? {
        fields.first { Self.isSame($0.name, name) }?.value
    }

    private static func isSame(_ a: String, _ b: String) -> Bool {
        a.utf8.count == b.utf8.count && zip(a.utf8, b.utf8).allSatisfy { $0 == $1 || isLetter($0) && $0 ^ $1 == 0x20 }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) }

    /// The value of `Content-Type` without parameters, in lower case.
    public var mediaType: String? {
        self["Content-Type"]?.split(separator: ";").first.map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
    }
}
