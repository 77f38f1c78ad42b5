import AsyncHTTPClient
import Foundation
import JSON
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

/// What must remain after `kill -9`.
@Suite(.timeLimit(.minutes(10))) struct CrashTests {
    private static let documents = 1200

    private static func text(_ number: Int) -> String {
        "Report \(number) concerns marker\(number)x. " + String(repeating: "It repeats itself at length. ", count: 4 + number % 9)
    }

    @Test func everyAcknowledgedDocumentOfAnImportIsThereAndNoneIsHalfThere() async throws {
        let first = try await RunningServer.start(.process)
        let client = try await first.client(tenant: "a")
        let lines = (0..<Self.documents).map { JSONValue.object(["id": .string("d\($0)"), "text": .string(Self.text($0))]).description }
        // The body does not end, so that the last lines, less than a batch, are still pending however late the kill comes.
        let (body, sender) = AsyncStream.makeStream(of: ByteBuffer.self)
        sender.yield(ByteBuffer(string: lines.map { $0 + "\n" }.joined()))
        var request = client.request(.POST, "/v1/documents/import", nil, type: "application/x-ndjson")
        request.body = .stream(body, length: .unknown)
        let acknowledged = try await Self.acknowledgements(request, atLeast: 192) { await first.crash() }
        sender.finish()
        #expect(acknowledged >= 192 && acknowledged < Self.documents)

        let second = try await RunningServer.start(.process, folder: first.folder)
        let after = TestClient(base: second.base, key: client.key)
        var present: [String] = []
        var cursor = ""
        repeat {
            let page = try await after.get("/v1/documents?limit=500" + (cursor.isEmpty ? "" : "&cursor=\(cursor)")).json
            present += page["data"]?.arrayValue?.compactMap { $0["id"]?.stringValue } ?? []
            cursor = page["next_cursor"]?.stringValue ?? ""
        } while !cursor.isEmpty
        // Batches are committed whole and in order: the documents are a prefix of the import, at least as long as was acknowledged.
        #expect(present.count >= acknowledged && Set(present) == Set((0..<present.count).map { "d\($0)" }))
        for number in stride(from: 0, to: present.count, by: 17) {
            #expect(try await after.get("/v1/documents/d\(number)/content").text == Self.text(number))
            for mode in ["lexical", "hybrid"] {
                #expect(try await after.found("marker\(number)x", limit: 1, extra: ["mode": .string(mode)]) == ["d\(number)"])
            }
        }
        #expect(await second.stop() == 0)
    }

    @Test func anAcceptedUploadSurvivesAndIsFinishedByTheNextProcess() async throws {
        let first = try await RunningServer.start(.process)
        let client = try await first.client(tenant: "a")
        var jobs: [String] = []
        for number in 0..<60 {
            let answer = try await client.post("/v1/documents", ["id": .string("d\(number)"), "text": .string(Self.text(number))])
            #expect(answer.status == 202)
            jobs.append(answer.json["job_id"]?.stringValue ?? "")
        }
        await first.crash()
        let second = try await RunningServer.start(.process, folder: first.folder)
        let after = TestClient(base: second.base, key: client.key)
        for job in jobs { #expect(try await after.get("/v1/jobs/\(job)/events").text.contains("event: ready"), "\(job)") }
        for number in 0..<60 {
            #expect(try await after.found("marker\(number)x", limit: 3, extra: ["mode": "lexical"]) == ["d\(number)"])
        }
    }

    @Test func anOrderlyStopKeepsEverythingAndSnapshots() async throws {
        let first = try await RunningServer.start(.process)
        let client = try await first.client(tenant: "a")
        _ = try await client.post("/v1/documents?wait=true", ["id": "d", "text": "the lighthouse keeper keeps bees"])
        #expect(try await client.found("bees") == ["d"])
        #expect(await first.stop() == 0)
        let files = try FileManager.default.subpathsOfDirectory(atPath: first.folder.appending(path: "index").path)
        #expect(files.contains { $0.hasPrefix("a/") }, "\(files)")
        let second = try await RunningServer.start(.process, folder: first.folder)
        #expect(try await TestClient(base: second.base, key: client.key).found("bees") == ["d"])
    }

    /// Reads progress until `wanted` documents are acknowledged, calls `end`, and reads what still arrives.
    private static func acknowledgements(_ request: HTTPClientRequest, atLeast wanted: Int, end: () async -> Void) async throws -> Int {
        let response = try await HTTPClient.shared.execute(request, timeout: .minutes(5))
        var text: [UInt8] = []
        var processed = 0
        var hasEnded = false
        do {
            for try await buffer in response.body {
                text.append(contentsOf: buffer.readableBytesView)
                let whole = text[..<(text.lastIndex(of: UInt8(ascii: "\n")) ?? 0)]
                for line in whole.split(separator: UInt8(ascii: "\n")) {
                    processed = max(processed, (try? JSONValue(parsing: Array(line)))?["processed"]?.intValue ?? 0)
                }
                if processed >= wanted && !hasEnded {
                    hasEnded = true
                    await end()
                }
            }
        } catch {
            // The connection broke, as expected.
        }
        return processed
    }
}
