public import Foundation
public import Originals
public import Upstream

/// A store of originals in a bucket of S3, or of a service with its API: objects `PREFIX/OWNER/ab/cdef…`, addressed by path.
///
/// An upload is one request, so that an object is there as a whole or not at all. Its digest is signed, so that the service rejects bytes
/// that changed on the way.
public struct S3OriginalStore: OriginalStore {
    private let client: UpstreamClient
    private let signature: S3Signature
    /// The path of the bucket, such as `/originals`; empty if the host names the bucket.
    private let bucketPath: String
    /// The prefix of all names, with a slash at its end; may be empty.
    private let prefix: String
    private let now: @Sendable () -> Date

    /// Maximum number of bytes of a list of objects: a page has at most 1,000.
    private static let listBytes = 4 << 20

    /// - Parameters:
    ///   - bucket: URL of the bucket, such as `https://s3.eu-central-1.amazonaws.com/my-bucket`.
    ///   - prefix: the folder in the bucket: lower-case letters, digits, hyphens and slashes; may be empty.
    ///   - keyID: access key id.
    public init(
        bucket: BaseURL, prefix: String = "", region: String, keyID: String, secret: Secret, transport: UpstreamTransport,
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        client = UpstreamClient(base: bucket, key: nil, transport: transport)
        signature = S3Signature(keyID: keyID, secret: secret.value, region: region)
        bucketPath = URL(string: bucket.text)?.path(percentEncoded: true) ?? ""
        self.prefix = prefix.isEmpty || prefix.hasSuffix("/") ? prefix : prefix + "/"
        self.now = now
    }

    public func put(_ bytes: [UInt8], as key: OriginalKey) async throws {
        if try await size(of: key) == bytes.count { return }
        _ = try await send(.put, path(of: key), body: bytes, digest: key.digest)
    }

    public func open(_ key: OriginalKey) async throws -> (any OriginalReader)? {
        try await size(of: key).map { S3Original(size: $0, key: key, store: self) }
    }

    public func remove(_ key: OriginalKey) async throws { _ = try await send(.delete, path(of: key)) }

    public func removeAll(of owner: String) async throws {
        for key in try await keys(of: owner) { try await remove(key) }
    }

    public func owners() async throws -> [String] {
        try await list(prefix, delimiter: "/").prefixes.map { String($0.dropFirst(prefix.count).dropLast()) }
    }

    public func keys(of owner: String) async throws -> [OriginalKey] {
        try await list("\(prefix)\(owner)/").keys.compactMap { name in
            let digest = name.dropFirst(prefix.count + owner.count + 1).filter { $0 != "/" }
            return OriginalKey(owner: owner, digest: String(digest))
        }
    }

    func bytes(of key: OriginalKey, in range: Range<Int>) async throws -> [UInt8] {
        guard !range.isEmpty else { return [] }
        let header = ("range", "bytes=\(range.lowerBound)-\(range.upperBound - 1)")
        let response = try await send(.get, path(of: key), headers: [header], maximumBytes: range.count)
        guard let body = response?.body, body.count == range.count else {
            throw OriginalError(.truncated, "an original was removed or ends before its byte \(range.upperBound)")
        }
        return body
    }

    // MARK: Requests

    private func path(of key: OriginalKey) -> String { "/\(prefix)\(key.owner)/\(key.digest.prefix(2))/\(key.digest.dropFirst(2))" }

    private func size(of key: OriginalKey) async throws -> Int? {
        guard let response = try await send(.head, path(of: key), maximumBytes: .max) else { return nil }
        guard let size = response.headers["Content-Length"].flatMap({ Int($0) }), size >= 0 else {
            throw OriginalError(.unavailable, "\(client.base.host) did not tell the size of an original")
        }
        return size
    }

    private func list(_ prefix: String, delimiter: String? = nil) async throws -> (keys: [String], prefixes: [String]) {
        var (keys, prefixes): ([String], [String]) = ([], [])
        var query = [("list-type", "2"), ("prefix", prefix)] + (delimiter.map { [("delimiter", $0)] } ?? [])
        while true {
            guard let page = try await send(.get, "/", query: query, maximumBytes: Self.listBytes) else { return (keys, prefixes) }
            let listing = S3Listing(page.body)
            keys += listing.keys
            prefixes += listing.prefixes
            guard let next = listing.next else { return (keys, prefixes) }
            query.removeAll { $0.0 == "continuation-token" }
            query.append(("continuation-token", next))
        }
    }

    /// - Returns: `nil` for status 404.
    private func send(
        _ method: UpstreamRequest.Method, _ path: String, query: [(String, String)] = [], body: [UInt8]? = nil,
        digest: String = S3Signature.emptyDigest, headers: [(String, String)] = [], maximumBytes: Int = 1 << 20
    ) async throws -> UpstreamResponse? {
        let query = query.map { (name: $0.0, value: $0.1) }
        let text = S3Signature.text(of: query)
        let signed = S3Signature.Request(
            method: method.rawValue, path: bucketPath + path, query: query, headers: [("host", client.base.host)] + headers,
            payloadDigest: digest)
        var request = UpstreamRequest(method, path + (text.isEmpty ? "" : "?\(text)"), body: body)
        request.contentType = "application/octet-stream"
        request.accept = "*/*"
        request.headers = signature.headers(for: signed, at: now())
        request.maximumResponseBytes = maximumBytes
        do { return try await client.send(request) } catch {
            if error.status == 404 && body == nil { return nil }
            throw OriginalError(error.status == 507 ? .full : .unavailable, error.description)
        }
    }
}

/// An object of an `S3OriginalStore`. Reading fails once the object was removed.
private struct S3Original: OriginalReader {
    let size: Int
    let key: OriginalKey
    let store: S3OriginalStore

    func bytes(in range: Range<Int>) async throws -> [UInt8] { try await store.bytes(of: key, in: range) }
}
