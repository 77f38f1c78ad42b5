import MCP
import Testing

@Suite(.timeLimit(.minutes(10))) struct OriginPolicyTests {
    let policy: OriginPolicy

    init() throws {
        policy = try OriginPolicy(
            allowedOrigins: ["https://app.example", "http://Dev.example:3000"],
            ownHosts: ["127.0.0.1:8080", "localhost:8080", "[::1]:8080", "ctx.example"])
    }

    @Test func allowedOriginsPass() {
        let origins = [
            "https://app.example", "https://APP.example:443", "http://dev.example:3000", "http://127.0.0.1:8080", "http://localhost:8080",
            "http://[::1]:8080", "https://localhost:8080", "http://ctx.example", "https://ctx.example", "HTTPS://ctx.example:443",
        ]
        for origin in origins { #expect(policy.decide(origin: [origin], host: "localhost:8080") == .allow, "\(origin)") }
        #expect(policy.decide(origin: [], host: "127.0.0.1:8080") == .allow)
    }

    @Test func everyOtherOriginIsRefused() {
        let origins = [
            "", "null", "https://app.example.evil", "https://evil.example", "http://app.example", "https://app.example:8443",
            "http://127.0.0.1:80@evil", "http://127.0.0.1:8080@evil", "http://127.0.0.1:8080.evil", "http://127.0.0.1:80800",
            "http://127.0.0.1",
            "http://127.0.0.1:8080/", "http://localhost:8080#", "http://localhost:", "http://localhost:+8080", "http://localhost:08080x",
            "http://:8080", "localhost:8080", "ftp://localhost:8080", "http://[::1:8080", "http://[]:8080", "http://[::1]x:8080",
            "https://app.example, https://evil.example", " https://app.example", "http://localhost:99999", "http://localhost:8080:8080",
            "https://\u{212A}.example", "file://",
        ]
        for origin in origins { #expect(policy.decide(origin: [origin], host: "localhost:8080") == .refuseOrigin, "\(origin)") }
        let twice = ["https://app.example", "https://app.example"]
        #expect(policy.decide(origin: twice, host: "localhost:8080") == .refuseOrigin)
    }

    @Test func aForeignHostIsRefused() {
        for host in [nil, "", "evil.example", "evil.example:8080", "localhost", "localhost:80", "127.0.0.1:8080@evil", "localhost:8080/"] {
            #expect(policy.decide(origin: [], host: host) == .refuseHost, "\(String(describing: host))")
        }
        for host in ["LOCALHOST:8080", "[::1]:8080", "ctx.example", "ctx.example:443", "ctx.example:80"] {
            #expect(policy.decide(origin: [], host: host) == .allow, "\(host)")
        }
    }

    @Test func withoutOwnHostsTheHostIsNotLookedAt() throws {
        let open = try OriginPolicy(allowedOrigins: [], ownHosts: [])
        #expect(open.decide(origin: [], host: "anything") == .allow)
        #expect(open.decide(origin: ["http://anything"], host: "anything") == .refuseOrigin)
    }

    @Test func loopbackKnowsItsNames() throws {
        let policy = try OriginPolicy.loopback(port: 9000)
        #expect(policy.decide(origin: ["http://localhost:9000"], host: "127.0.0.1:9000") == .allow)
        #expect(policy.decide(origin: ["http://evil.example"], host: "evil.example") == .refuseHost)
    }

    /// `ssh -L 9000:localhost:8080` changes the port that clients see.
    @Test func loopbackNamesAreKnownUnderAnyPort() throws {
        let policy = try OriginPolicy.loopback(port: 8080)
        for host in ["localhost:9000", "127.0.0.1:1", "[::1]:65535", "localhost", "LocalHost:9000"] {
            #expect(policy.decide(host: host) == .allow && policy.decide(origin: [], host: host) == .allow, "\(host)")
        }
        for host in [
            "localhost.evil.example:8080", "evil.example:8080", "127.0.0.1.evil.example", "localhost:0x1f", "[::2]:8080", "127.0.0.2:8080",
            "",
        ] {
            #expect(policy.decide(host: host) == .refuseHost, "\(host)")
        }
        // A page from the requested port is the server's own; one from another port is not.
        #expect(policy.decide(origin: ["http://localhost:9000"], host: "localhost:9000") == .allow)
        #expect(policy.decide(origin: ["http://localhost:3000"], host: "localhost:9000") == .refuseOrigin)
        #expect(policy.decide(origin: ["http://evil.example:9000"], host: "localhost:9000") == .refuseOrigin)
        let named = try OriginPolicy(allowedOrigins: [], ownHosts: ["ctx.example"])
        #expect(named.decide(host: "localhost:9000") == .refuseHost)
    }

    @Test func nonsenseInTheConfigurationIsAnError() {
        for entry in ["*", "null", "https://", "https://a/b", "a.example"] {
            #expect(throws: OriginPolicyError.self) { try OriginPolicy(allowedOrigins: [entry], ownHosts: []) }
        }
        for entry in ["", "http://a", "a:b", "a b", "a:70000"] {
            #expect(throws: OriginPolicyError.self) { try OriginPolicy(allowedOrigins: [], ownHosts: [entry]) }
        }
    }
}
