import Crypto
package import Foundation

/// Signs requests to S3 with AWS Signature Version 4.
///
/// - Source: Amazon Simple Storage Service API Reference, "Authenticating Requests (AWS Signature Version 4)".
package struct S3Signature: Sendable {
    package struct Request: Sendable {
        package var method: String
        /// The path, percent-encoded, with a slash at its start.
        package var path: String
        /// The parameters, neither encoded nor in order.
        package var query: [(name: String, value: String)]
        /// The headers to sign, with `Host`; names in lower case.
        package var headers: [(name: String, value: String)]
        /// SHA-256 of the body, in hexadecimal.
        package var payloadDigest: String

        package init(
            method: String, path: String, query: [(name: String, value: String)] = [], headers: [(name: String, value: String)],
            payloadDigest: String
        ) {
            (self.method, self.path, self.query) = (method, path, query)
            (self.headers, self.payloadDigest) = (headers, payloadDigest)
        }
    }

    private let keyID: String
    private let secret: String
    private let region: String

    package init(keyID: String, secret: String, region: String) { (self.keyID, self.secret, self.region) = (keyID, secret, region) }

    /// SHA-256 of no bytes, in hexadecimal.
    package static let emptyDigest = hexadecimal(SHA256.hash(data: [UInt8]()))

    /// Returns the headers to send: those of the request except `Host`, the date, the digest of the body, and the signature.
    package func headers(for request: Request, at time: Date) -> [(name: String, value: String)] {
        let stamp = time.formatted(Date.ISO8601FormatStyle(dateSeparator: .omitted, timeSeparator: .omitted))
        let date = String(stamp.prefix(8))
        var headers = request.headers + [("x-amz-content-sha256", request.payloadDigest), ("x-amz-date", stamp)]
        headers.sort { $0.name < $1.name }
        let names = headers.map(\.name).joined(separator: ";")
        let lines = headers.map { "\($0.name):\($0.value)\n" }.joined()
        let canonical = [
            request.method, request.path, Self.text(of: request.query), lines, names, request.payloadDigest,
        ].joined(separator: "\n")
        let scope = "\(date)/\(region)/s3/aws4_request"
        let digest = Self.hexadecimal(SHA256.hash(data: Array(canonical.utf8)))
        let signature = Self.hexadecimal(authentication("AWS4-HMAC-SHA256\n\(stamp)\n\(scope)\n\(digest)", key(date)))
        let authorization = "AWS4-HMAC-SHA256 Credential=\(keyID)/\(scope),SignedHeaders=\(names),Signature=\(signature)"
        return headers.filter { $0.name != "host" } + [("authorization", authorization)]
    }

    /// Returns the query with encoded names and values, in order; empty without parameters.
    package static func text(of query: [(name: String, value: String)]) -> String {
        query.map { (encoded($0.name), encoded($0.value)) }.sorted { $0 < $1 }.map { "\($0)=\($1)" }.joined(separator: "&")
    }

    private static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            let isUnreserved =
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || "-._~".utf8.contains(byte)
            return isUnreserved ? String(UnicodeScalar(byte)) : "%" + hexadecimal([byte]).uppercased()
        }.joined()
    }

    private func key(_ date: String) -> SymmetricKey {
        [date, region, "s3", "aws4_request"].reduce(SymmetricKey(data: Array("AWS4\(secret)".utf8))) { key, part in
            SymmetricKey(data: authentication(part, key))
        }
    }

    private func authentication(_ text: String, _ key: SymmetricKey) -> HMAC<SHA256>.MAC {
        HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key)
    }

    private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}
