import Foundation
import TestSupport
import Testing
import Upstream

@Suite(.timeLimit(.minutes(10))) struct SecretTests {
    @Test func nothingPrintsIt() throws {
        let secret = try Secret(testKey)
        var dumped = ""
        dump(secret, to: &dumped)
        dump([secret], to: &dumped)
        for text in ["\(secret)", String(reflecting: secret), String(describing: [secret]), "\(Optional(secret) as Any)", dumped] {
            #expect(!text.contains("verysecret"), "\(text)")
        }
    }

    @Test(arguments: ["", " ", "a b", "a\nb", "a\r\nX-Evil: 1", "schlüssel", String(repeating: "k", count: Secret.maximumBytes + 1)])
    func whatNoHeaderCarriesIsRefused(text: String) {
        let error = #expect(throws: UpstreamError.self) { try Secret(text) }
        #expect(error?.code == .badKey)
    }

    @Test func itComesOutOfAVariable() throws {
        let environment = ["KEY": testKey, "EMPTY": ""]
        #expect(throws: Never.self) { try Secret(variable: "KEY", of: environment) }
        for name in ["EMPTY", "sk-someone-wrote-the-key-here"] {
            let error = #expect(throws: UpstreamError.self) { try Secret(variable: name, of: environment) }
            #expect(error?.code == .badKey && error?.detail.contains("not set") == true && error?.detail.contains("sk-") == false)
        }
    }

    @Test func itComesOutOfAFile() throws {
        let folder = try TestPaths.scratch()
        let file = folder.appending(path: "key")
        for text in [testKey, testKey + "\n", testKey + "\r\n", "  " + testKey] {
            try text.write(to: file, atomically: true, encoding: .utf8)
            #expect(throws: Never.self) { try Secret(file: file.path) }
        }
        try String(repeating: "k", count: Secret.maximumBytes).appending("\r\n").write(to: file, atomically: true, encoding: .utf8)
        #expect(throws: Never.self) { try Secret(file: file.path) }
        for text in ["", "\n", "a b", String(repeating: "k", count: Secret.maximumBytes + 1), String(repeating: "k", count: 1 << 20)] {
            try text.write(to: file, atomically: true, encoding: .utf8)
            #expect(throws: UpstreamError.self) { try Secret(file: file.path) }
        }
        for path in [folder.path, folder.path + "/sk-someone-wrote-the-key-here"] {
            let error = #expect(throws: UpstreamError.self) { try Secret(file: path) }
            #expect(error?.code == .badKey && error?.detail.contains("sk-") == false)
        }
    }
}

@Suite(.timeLimit(.minutes(10))) struct BaseURLTests {
    @Test(arguments: [
        ("https://api.openai.com/v1", "api.openai.com"), ("http://127.0.0.1:8080/v1/", "127.0.0.1:8080"), ("http://[::1]:80", "::1:80"),
        ("HTTPS://host", "host"),
    ])
    func usableOnes(text: String, host: String) throws {
        let base = try BaseURL(text)
        #expect(base.host.replacing("[", with: "").replacing("]", with: "") == host)
        #expect(!base.text.hasSuffix("/"))
    }

    @Test(arguments: [
        "", "api.openai.com/v1", "ftp://host/v1", "file:///etc/passwd", "http://", "http:///v1", "http://host/v1?api_key=sk-secret",
        "http://user:sk-secret@host/v1", "http://host/#sk-secret", "http://host/a b", "http://hö.st/", "http://host:99999/",
        "http://host/\u{0}", "http://host:0/",
    ])
    func unusableOnesAreNotRepeated(text: String) {
        let error = #expect(throws: UpstreamError.self) { try BaseURL(text) }
        #expect(error?.code == .badURL && error?.detail.contains("sk-secret") == false)
    }
}
