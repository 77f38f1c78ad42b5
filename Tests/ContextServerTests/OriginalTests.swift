import Foundation
import JSON
import NIOHTTP1
import Testing

/// `GET /v1/documents/{id}/original`.
@Suite(.timeLimit(.minutes(10))) struct OriginalTests {
    @Test func theUploadedFileIsGivenBack() async throws {
        let server = try await RunningServer.start()
        let client = try await server.client(tenant: "a")
        let page = "<!doctype html><title>T</title><script>alert(1)</script><p>Grüße\r\n" + String(repeating: "word ", count: 40_000)
        #expect(try await client.put("/v1/documents/page?wait=true", page, type: "text/html; charset=utf-8").status == 200)
        let answer = try await client.get("/v1/documents/page/original")
        #expect(answer.status == 200 && answer.body == Array(page.utf8))
        #expect(answer.headers["content-type"] == ["text/html"] && answer.headers["x-content-type-options"] == ["nosniff"])
        #expect(answer.headers["content-disposition"] == ["attachment; filename*=UTF-8''page"])
        #expect(answer.headers.first(name: "content-security-policy")?.hasPrefix("sandbox") == true)
        #expect(answer.headers["content-length"] == ["\(page.utf8.count)"])

        let tag = try #require(answer.headers.first(name: "etag"))
        let unchanged = try await client.send(.GET, "/v1/documents/page/original", headers: [("If-None-Match", tag)])
        #expect(unchanged.status == 304 && unchanged.body.isEmpty)
        #expect(try await client.send(.GET, "/v1/documents/page/original", headers: [("If-Match", "\"other\"")]).status == 412)
        let head = try await client.send(.HEAD, "/v1/documents/page/original", headers: [("Accept", "application/pdf")])
        #expect(head.status == 200 && head.headers["content-length"] == ["\(page.utf8.count)"] && head.body.isEmpty)

        #expect(try await client.put("/v1/documents/page?wait=true", "# other", type: "text/markdown").status == 200)
        let other = try await client.get("/v1/documents/page/original")
        #expect(other.text == "# other" && other.headers["content-type"] == ["text/markdown"])
        #expect(try await client.delete("/v1/documents/page").status == 204)
        #expect(try await client.get("/v1/documents/page/original").status == 404)
    }

    @Test func whatIsNotKeptSaysSo() async throws {
        let server = try await RunningServer.start()
        let client = try await server.client(tenant: "a")
        _ = try await client.post("/v1/documents?wait=true", ["id": "json", "text": "No file."])
        let answer = try await client.get("/v1/documents/json/original")
        #expect(answer.status == 404 && answer.json["code"] == "original_not_kept")
        let missing = try await client.get("/v1/documents/missing/original")
        #expect(missing.status == 404 && missing.json["code"] == "not_found", "\(missing.text)")
    }
}
