import Foundation
import JSON
import NIOHTTP1
import PDF
import Testing

private let hasPDFium = (try? PDFLibrary.load()) != nil

/// Files of companies, from their upload to a search result.
@Suite(.timeLimit(.minutes(10))) struct UploadedFormatTests {
    /// A PDF with one page for each text, and no table of its objects: readers find them.
    private func pdf(_ pages: [String]) -> String {
        let kids = pages.indices.map { "\(10 + 2 * $0) 0 R" }.joined(separator: " ")
        var file = "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[\(kids)]/Count \(pages.count)>>endobj\n"
        file += "3 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\n"
        for (number, text) in pages.enumerated() {
            let stream = "BT /F 12 Tf 72 700 Td (\(text)) Tj ET"
            file += "\(10 + 2 * number) 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents \(11 + 2 * number) 0 R"
            file += "/Resources<</Font<</F 3 0 R>>>>>>endobj\n"
            file += "\(11 + 2 * number) 0 obj<</Length \(stream.utf8.count)>>stream\n\(stream)\nendstream endobj\n"
        }
        return file + "trailer<</Root 1 0 R>>\n%%EOF\n"
    }

    @Test(.enabled(if: hasPDFium, "PDFium is not installed"))
    func aPDFIsFoundWithItsPage() async throws {
        let server = try await RunningServer.start()
        let client = try await server.client(tenant: "a")
        let other = try await server.client(tenant: "b")
        let file = pdf(["The granite quarry opened in 1887 near the river.", "Marble was shipped by rail to Porto in winter."])
        let answer = try await client.put("/v1/documents/stones?wait=true", file, type: "application/octet-stream")
        #expect(answer.status == 200, "\(answer.text)")
        let found = try await client.post("/v1/search", ["query": "How was marble shipped?", "limit": 1])
        let first = try #require(found.json["results"]?.arrayValue?.first, "\(found.text)")
        #expect(first["text"]?.stringValue?.contains("Marble was shipped by rail") == true)
        #expect(first["page"] == 1 || first["page"] == 2, "\(found.text)")
        let document = try await client.get("/v1/documents/stones")
        #expect(document.json["media_type"] == "application/pdf", "\(document.text)")
        #expect(try await client.get("/v1/documents/stones/original").body == Array(file.utf8))
        #expect(try await other.get("/v1/documents/stones").status == 404)
        #expect(try await other.get("/v1/documents/stones/original").status == 404)
    }

    @Test func mailIsReadWithItsAttachment() async throws {
        let server = try await RunningServer.start()
        let client = try await server.client(tenant: "a")
        let message = """
            From: Ada <ada@example.org>\r\nTo: Max <max@example.org>\r\nSubject: Stock count\r\nMIME-Version: 1.0\r
            Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nThe count is attached.\r\n--b\r
            Content-Type: text/csv; name=count.csv\r\nContent-Disposition: attachment; filename=count.csv\r\n\r\nitem,count\r\nbolts,42\r
            --b--\r\n
            """
        let answer = try await client.put("/v1/documents/mail?wait=true", message, type: "message/rfc822")
        #expect(answer.status == 200, "\(answer.text)")
        let found = try await client.post("/v1/search", ["query": "bolts count", "limit": 5])
        #expect(found.text.contains("bolts") && found.text.contains("count.csv"), "\(found.text)")
    }

    @Test func aDamagedFileFailsWithItsReason() async throws {
        let server = try await RunningServer.start()
        let client = try await server.client(tenant: "a")
        for (body, code) in [("%PDF-1.7\nnothing", "malformed"), ("PK\u{3}\u{4}nothing", "malformed"), (#"{\rtf1 }"#, "empty")] {
            let answer = try await client.put("/v1/documents/bad?wait=true", body, type: "application/octet-stream")
            let isRefused = answer.status == 422 || answer.status == 415
            #expect(isRefused, "\(body): \(answer.status) \(answer.text)")
            #expect(answer.code == code || answer.code == "reader_missing" || answer.status == 415, "\(body): \(answer.text)")
        }
        #expect(try await client.get("/v1/documents/bad").json["status"] == "failed")
    }
}
