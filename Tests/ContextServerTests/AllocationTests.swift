import CommandSupport
import Foundation
import JSON
import NIOHTTP1
import TestSupport
import Testing

/// The number of memory allocations that the server makes for a request: a budget, which no change exceeds unnoticed. Unlike time, the
/// number hardly depends on the machine. When a change makes requests cheaper, lower the budget.
///
/// Requests go one after the other over one connection to a process that counts its calls of `malloc` and the like.
@Suite(.timeLimit(.minutes(10))) struct AllocationTests {
    /// Allocations per request, at most.
    private static let budgets: [(name: String, count: Double)] = [
        ("live", 45), ("models", 80), ("document", 175), ("tools/list", 190), ("lexical search", 235), ("hybrid search", 350),
    ]

    @Test func aRequestKeepsToItsBudget() async throws {
        let counter = try await AllocationCounter()
        let server = try await RunningServer.start(
            program: URL(filePath: "/usr/bin/env"), prefix: counter.environment + [CommandLineTool.path.path])
        let client = try await server.client(tenant: "a")
        for number in 0..<12 {
            let text = "Passage \(number) is about red fish and blue birds that live beside the sea."
            let written = try await client.send(
                .PUT, "/v1/documents/d\(number)?wait=true", Array(text.utf8), type: "text/plain")
            #expect(written.status == 200, "\(written.text)")
        }
        let key = try #require(client.key)
        try await RawSocket.connect(server.port) { socket in
            for budget in Self.budgets {
                let request = Self.request(budget.name, key: key)
                for _ in 0..<100 { try await Self.exchange(request, socket) }
                let before = counter.value
                for _ in 0..<Self.requests { try await Self.exchange(request, socket) }
                let count = Double(counter.value - before) / Double(Self.requests)
                print("allocations per request, \(budget.name): \(count)")
                #expect(count <= budget.count, "\(budget.name): \(count) allocations per request")
            }
        }
        #expect(await server.stop() == 0)
    }

    /// Enough that what the process allocates besides does not matter.
    private static let requests = 500

    private static func exchange(_ request: String, _ socket: RawSocket) async throws {
        try await socket.send(request)
        let response = try await socket.response()
        #expect(response?.hasPrefix("HTTP/1.1 200 ") == true)
    }

    private static func request(_ name: String, key: String) -> String {
        let body: String
        switch name {
        case "live": return "GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        case "models": return get("/v1/models", key)
        case "document": return get("/v1/documents/d1", key)
        case "tools/list":
            body = #"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#
            return post("/mcp", body, key)
        default:
            body = #"{"query":"red fish beside the sea","mode":"\#(name.prefix { $0 != " " })"}"#
            return post("/v1/search", body, key)
        }
    }

    private static func get(_ path: String, _ key: String) -> String {
        "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer \(key)\r\n\r\n"
    }

    private static func post(_ path: String, _ body: String, _ key: String) -> String {
        "POST \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer \(key)\r\nContent-Type: application/json\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }
}

/// A library that a process loads before all others, and that counts its allocations.
private struct AllocationCounter {
    private let library: URL
    private let file: URL

    /// - Throws: an error if the library cannot be compiled.
    init() async throws {
        let folder = try TestPaths.scratch("allocations")
        (library, file) = (folder.appending(path: "count.so"), folder.appending(path: "count"))
        try Data(count: MemoryLayout<UInt>.size).write(to: file)
        let source = TestPaths.fixtures.appending(path: "count-allocations.c")
        // Swift's toolchain comes with clang.
        let compiled = try await ChildProcess.run("clang", ["-O1", "-shared", "-fPIC", "-o", library.path, source.path])
        try #require(compiled.status == 0, "the counter does not compile")
    }

    /// Arguments of `env`.
    var environment: [String] { ["LD_PRELOAD=\(library.path)", "ALLOCATION_COUNT=\(file.path)"] }

    /// Number of allocations so far.
    var value: UInt {
        ((try? Data(contentsOf: file)) ?? Data()).withUnsafeBytes { $0.count >= 8 ? $0.loadUnaligned(as: UInt.self) : 0 }
    }
}
