import Foundation
import JSON
import NIOCore
import TestSupport
import Testing

/// How a server handles signals. Requests may take ten minutes here, so one that ends sooner does so for another reason.
@Suite(.timeLimit(.minutes(10))) struct SignalTests {
    private static let patient = ["--stop-timeout", "600"]

    /// Incomplete requests, with the server's response if it stops before the rest arrives; `nil` if there is none.
    private static let halfSent: [(text: String, says: String?)] = [
        ("", nil), ("GET /hea", nil), ("GET /health/live HTTP/1.1\r\nHost: x\r\nX-A: ", nil),
        ("POST /v1/search HTTP/1.1\r\nHost: x\r\nAUTH\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"que", "503 "),
        ("POST /v1/search HTTP/1.1\r\nHost: x\r\nAUTH\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{\"que", "503 "),
        (
            "PUT /v1/documents/d HTTP/1.1\r\nHost: x\r\nAUTH\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabc",
            "503 "
        ),
        (
            "POST /v1/documents/import HTTP/1.1\r\nHost: x\r\nAUTH\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{\"i",
            "200 "
        ),
    ]

    @Test(.timeLimit(.minutes(10))) func aStopDoesNotWaitForRequestsThatAreHalfSent() async throws {
        let server = try await RunningServer.start(.process, options: Self.patient)
        let client = try await server.client(tenant: "a")
        try await withThrowingTaskGroup(of: Void.self) { group in
            let (opened, isOpen) = AsyncStream.makeStream(of: Void.self)
            for (text, says) in Self.halfSent {
                group.addTask {
                    try await RawSocket.connect(server.port) { socket in
                        // An earlier request on the connection has been answered, so that the server knows of the connection.
                        try await socket.send("GET /health/live HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\n\r\n")
                        #expect(try await socket.head()?.contains("200") == true)
                        _ = try await socket.read { $0.readSlice(length: 17) }
                        let begun = text.replacing("AUTH", with: "Authorization: Bearer \(client.key ?? "")")
                        try await socket.send(begun.replacing("Host: x", with: "Host: 127.0.0.1:\(server.port)"))
                        isOpen.yield()
                        if let says { #expect(try await socket.head()?.contains(says) == true, "\(text)") }
                        #expect(try await socket.isClosed(), "\(text)")
                    }
                }
            }
            var iterator = opened.makeAsyncIterator()
            for _ in Self.halfSent { _ = await iterator.next() }
            // Waits until the server has read the incomplete requests.
            let begun = Double(Self.halfSent.count { $0.says != nil })
            while try await PrometheusText(client.get("/metrics").text).value("contextd_http_requests_in_flight") != begun {}
            #expect(await server.stop() == 0)
            try await group.waitForAll()
        }
    }

    @Test(.timeLimit(.minutes(10)), arguments: [SIGTERM, SIGINT]) func aSecondSignalStopsAtOnce(number: Int32) async throws {
        let server = try await RunningServer.start(.process, options: Self.patient)
        let client = try await server.client(tenant: "a")
        let text = String(repeating: "Nobody reads this. ", count: 400_000)
        #expect(try await client.put("/v1/documents/d?wait=true", text, type: "text/plain").status == 200)
        try await RawSocket.connect(server.port) { socket in
            // Complete requests whose responses nobody reads: the server has to wait for them.
            let request =
                "GET /v1/documents/d/content HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\nAuthorization: Bearer \(client.key ?? "")\r\n\r\n"
            try await socket.send(String(repeating: request, count: 8))
            #expect(try await socket.head()?.contains("200") == true)
            // A different signal, since a signal that is already pending is not delivered twice.
            server.signal(number)
            server.signal(number == SIGTERM ? SIGINT : SIGTERM)
            #expect([128 + SIGTERM, 128 + SIGINT].contains(await server.exitStatus()))
        }
        let next = try await RunningServer.start(.process, folder: server.folder)
        let after = TestClient(base: next.base, key: client.key)
        #expect(try await after.put("/v1/documents/e?wait=true", "Behind it.", type: "text/plain").status == 200)
        #expect(try await after.get("/v1/documents/d/content").text == text)
    }

    @Test func otherSignalsDoNotStopIt() async throws {
        let server = try await RunningServer.start(.process)
        let client = try await server.client(tenant: "a")
        for number in [SIGHUP, SIGPIPE, SIGHUP] { server.signal(number) }
        #expect(try await client.put("/v1/documents/d?wait=true", "Still here.", type: "text/plain").status == 200)
        #expect(await server.stop() == 0)
    }
}
