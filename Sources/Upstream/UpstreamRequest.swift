/// How long a provider may take.
public struct UpstreamTimeouts: Hashable, Sendable {
    /// From sending the request, connecting included, to the answer's head; and from there to the first part of its body.
    public var firstByte: Duration
    /// Between two later parts of the body.
    public var idle: Duration

    public init(firstByte: Duration = .seconds(60), idle: Duration = .seconds(60)) {
        self.firstByte = firstByte
        self.idle = idle
    }
}

/// One HTTP request to a provider. It may be sent several times: see `RetryPolicy`.
public struct UpstreamRequest: Sendable {
    public enum Method: String, Sendable { case get = "GET", post = "POST" }

    public var method: Method
    /// Below the base URL; begins with a slash.
    public var path: String
    /// `nil` sends none.
    public var body: [UInt8]?
    public var contentType = "application/json"
    public var accept = "application/json"
    /// Beside those that the client itself sets.
    public var headers: [(name: String, value: String)] = []
    public var timeouts = UpstreamTimeouts()
    public var retries = RetryPolicy.patient
    /// Bytes of the answer's body, at most.
    public var maximumAnswerBytes = 64 << 20

    public init(_ method: Method, _ path: String, body: [UInt8]? = nil) {
        self.method = method
        self.path = path
        self.body = body
    }
}

/// A provider's answer with a status of 200 to 299.
public struct UpstreamAnswer: Sendable {
    public let status: Int
    public let headers: UpstreamHeaders
    public let body: [UInt8]
}

/// The same, its body still on the way.
public struct UpstreamStream: Sendable {
    public let status: Int
    public let headers: UpstreamHeaders
    public let body: UpstreamBody
}

/// An answer's headers; names are compared without regard to case.
public struct UpstreamHeaders: Sendable {
    public let fields: [(name: String, value: String)]

    /// The first value of that name.
    public subscript(name: String) -> String? {
        fields.first { Self.isSame($0.name, name) }?.value
    }

    private static func isSame(_ a: String, _ b: String) -> Bool {
        a.utf8.count == b.utf8.count && zip(a.utf8, b.utf8).allSatisfy { $0 == $1 || isLetter($0) && $0 ^ $1 == 0x20 }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) }

    /// `Content-Type` without parameters, in lower case.
    public var mediaType: String? {
        self["Content-Type"]?.split(separator: ";").first.map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
    }
}
