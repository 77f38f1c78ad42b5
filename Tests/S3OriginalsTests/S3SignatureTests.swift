import Foundation
import S3Originals
import Testing

/// The examples of the Amazon S3 API Reference, "Signature Calculations for the Authorization Header".
@Suite struct S3SignatureTests {
    private let signature = S3Signature(
        keyID: "AKIAIOSFODNN7EXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", region: "us-east-1")
    private let host = (name: "host", value: "examplebucket.s3.amazonaws.com")
    /// 2013-05-24T00:00:00Z.
    private let time = Date(timeIntervalSince1970: 1_369_353_600)

    private func signed(_ request: S3Signature.Request) -> String? {
        signature.headers(for: request, at: time).first { $0.name == "authorization" }?.value.split(separator: "=").last.map { String($0) }
    }

    @Test func aRangeOfAnObject() {
        let request = S3Signature.Request(
            method: "GET", path: "/test.txt", headers: [host, ("range", "bytes=0-9")], payloadDigest: S3Signature.emptyDigest)
        #expect(signed(request) == "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")
        let names = signature.headers(for: request, at: time).map(\.name)
        #expect(names == ["range", "x-amz-content-sha256", "x-amz-date", "authorization"])
    }

    @Test func anUpload() {
        let request = S3Signature.Request(
            method: "PUT", path: "/test%24file.text",
            headers: [host, ("date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY")],
            payloadDigest: "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072")
        #expect(signed(request) == "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd")
    }

    @Test func aList() {
        let request = S3Signature.Request(
            method: "GET", path: "/", query: [("prefix", "J"), ("max-keys", "2")], headers: [host], payloadDigest: S3Signature.emptyDigest)
        #expect(signed(request) == "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")
    }

    @Test func aQueryIsEncodedAndInOrder() {
        #expect(S3Signature.text(of: [("b", "x/ü +"), ("a", "~._-")]) == "a=~._-&b=x%2F%C3%BC%20%2B")
        #expect(S3Signature.text(of: []).isEmpty)
    }
}
