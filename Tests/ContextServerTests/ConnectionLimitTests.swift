import CommandSupport
import Foundation
import JSON
import NIOCore
import NIOPosix
import TestSupport
import Testing

/// Many connections with few file descriptors.
@Suite(.timeLimit(.minutes(10))) struct ConnectionLimitTests {
    /// Opens connections that send nothing or an incomplete head.
    private static func open(_ count: Int, _ port: Int, saying text: String = "") async throws -> [any Channel] {
        var channels: [any Channel] = []
        for _ in 0..<count {
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connect(host: "127.0.0.1", port: port)
                .get()
            if !text.isEmpty { channel.writeAndFlush(ByteBuffer(string: text), promise: nil) }
            channels.append(channel)
        }
        return channels
    }

    private static func isLive(_ port: Int) async throws -> Bool {
        try await RawSocket.connect(port) { socket in
            try await socket.send("GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            return try await socket.response()?.hasPrefix("HTTP/1.1 200 ") == true
        }
    }

    @Test func strangersMakeRoomForNewClientsAndThoseWithKeysStay() async throws {
        let server = try await RunningServer.start(.process, options: ["--set", "connections.maximum=64"])
        let client = try await server.client(tenant: "a")
        try await RawSocket.connect(server.port) { known in
            let request = "GET /v1/documents HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer \(client.key ?? "")\r\n\r\n"
            try await known.send(request)
            #expect(try await known.response()?.hasPrefix("HTTP/1.1 200 ") == true)
            let halves = try await Self.open(100, server.port, saying: "GET / HTTP/1.1\r\nHo")
            let silent = try await Self.open(100, server.port)
            // Connections that arrived earlier may be admitted later, on another event loop, and evict this one; it then reconnects.
            var isLive = false
            for _ in 0..<3 where !isLive { isLive = try await Self.isLive(server.port) }
            #expect(isLive)
            #expect(server.openSockets < 64 + 32)
            // The authenticated connection is older than all others.
            try await known.send(request)
            #expect(try await known.response()?.hasPrefix("HTTP/1.1 200 ") == true)
            #expect(try await client.get("/v1/documents").status == 200)
            for channel in halves + silent { channel.close(promise: nil) }
        }
        let metrics = try await client.get("/metrics").text
        #expect(metrics.contains("contextd_connections_limit 64"), "\(metrics.prefix(500))")
        #expect(await server.stop() == 0)
    }

    private static func underLimit(_ limit: Int, _ folder: URL) -> [String] {
        [
            "-c", "ulimit -n \(limit); exec \"$0\" \"$@\"", CommandLineTool.path.path, "serve", "--data-dir", folder.path, "--listen",
            "127.0.0.1:0", "--json", "--log-level", "error",
        ]
    }

    @Test func tooFewDescriptorsAreSaidAtTheStart() async throws {
        for limit in [32, 64, 128, 255] {
            let folder = try RunningServer.scratch()
            let result = try await CommandLineTool.process(Self.underLimit(limit, folder), program: URL(filePath: "/bin/bash"))
            #expect(result.status == 1, "\(limit): \(result)")
            #expect(result.errors.contains("the limit of open files is \(limit), and serving needs at least 256"), "\(result.errors)")
        }
    }

    /// As many connections as fit, and twice as many that try: none of them uses the descriptors that the server itself needs.
    @Test func aServerWithFewDescriptorsServes() async throws {
        let server = try await RunningServer.start(
            program: URL(filePath: "/bin/bash"), prefix: ["-c", "ulimit -n 300; exec \"$0\" \"$@\"", CommandLineTool.path.path])
        let client = try await server.client(tenant: "a")
        let channels = try await Self.open(600, server.port, saying: "GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        #expect(try await Self.isLive(server.port))
        let answer = try await client.post("/v1/documents?wait=true", ["id": "d", "text": "a lamp burns"])
        #expect(answer.status == 200, "\(answer.text)")
        #expect(try await client.found("lamp") == ["d"])
        for channel in channels { channel.close(promise: nil) }
        #expect(await server.stop() == 0)
    }

    /// Connections accepted during the shutdown cause no crash.
    @Test func aServerThatStopsWhileClientsConnectEndsInOrder() async throws {
        for _ in 0..<5 {
            let server = try await RunningServer.start(.process)
            let port = server.port
            let flood = Task {
                var attempts = 0
                while attempts < 5000, !Task.isCancelled {
                    attempts += 1
                    guard
                        let channel = try? await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                            .connect(host: "127.0.0.1", port: port).get()
                    else { break }
                    channel.close(promise: nil)
                }
            }
            #expect(try await Self.isLive(port))
            #expect(await server.stop() == 0)
            flood.cancel()
            await flood.value
        }
    }
}
