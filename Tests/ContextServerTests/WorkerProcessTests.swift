import Foundation
import JSON
import TestSupport
import Testing

/// A server reads HTML in worker processes, and its clients do not notice when one of them ends.
@Suite(.timeLimit(.minutes(10))) struct WorkerProcessTests {
    private static func workers(of server: Int32) -> [Int32] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { Int32($0) }.filter { process in
            let status = FileManager.default.contents(atPath: "/proc/\(process)/status").map { String(decoding: $0, as: UTF8.self) }
            return status?.contains("PPid:\t\(server)\n") == true
        }
    }

    @Test func documentsOfHTMLGoThroughWorkers() async throws {
        let server = try await RunningServer.start(.process)
        for tenant in ["a", "b", "a2"] {
            let client = try await server.client(tenant: tenant)
            let read = try await client.put("/v1/documents/page?wait=true", "<h1>Herons</h1><p>of \(tenant)</p>", type: "text/html")
            #expect(read.status == 200, "\(read.text)")
            #expect(try await client.get("/v1/documents/page/content").text == "Herons\n\nof \(tenant)")
            let blank = try await client.put("/v1/documents/blank?wait=true", "<p> </p>", type: "text/html")
            #expect(blank.status == 422 && blank.json["code"] == "empty", "\(blank.text)")
            #expect(try await client.put("/v1/documents/text?wait=true", "herons", type: "text/plain").status == 200)
        }
        let metrics = try await MetricsTests.read(server)
        #expect(metrics.value("contextd_extract_documents_total", ["outcome": "read"]) == 3)
        #expect(metrics.value("contextd_extract_documents_total", ["outcome": "refused"]) == 3)
        #expect((metrics.value("contextd_extract_workers_started_total") ?? 0) >= 3)
    }

    @Test func aKilledWorkerIsReplaced() async throws {
        let server = try await RunningServer.start(.process)
        let client = try await server.client(tenant: "a")
        for number in 0..<5 {
            for worker in Self.workers(of: server.processIdentifier) { kill(worker, SIGKILL) }
            let read = try await client.put("/v1/documents/d\(number)?wait=true", "<p>text \(number)</p>", type: "text/html")
            #expect(read.status == 200, "\(read.text)")
        }
    }
}
