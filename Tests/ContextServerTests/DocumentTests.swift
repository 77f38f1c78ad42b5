import Foundation
import JSON
import NIOHTTP1
import Testing

@Suite(.timeLimit(.minutes(10))) struct DocumentTests {
    @Test func aPageReachesSearchCitationAndState() async throws {
        let server = try await RunningServer.start()
        let client = try await server.client(tenant: "a")
        let text = "Otters are kept on the first page.\n\u{C}\nThe bridge was closed for repairs on the second page."
        let made = try await client.put("/v1/documents/pages?wait=true", text, type: "text/plain")
        #expect(made.status == 200, "\(made.text)")
        let hit = try await client.post("/v1/search", ["query": "why was the bridge closed?"]).json["results"]?[0]
        #expect(hit?["page"] == 1 && hit?["page_end"] == 2 && hit?["sheet"] == nil, "\(hit ?? .null)")
        let state = try await client.get("/v1/documents/pages").json
        #expect(state["pages"] == 2 && state["slides"] == nil && state["spans"]?[0]?["page"] == 1 && state["spans"]?[0]?["page_end"] == 2)
        let answer = try await client.post("/v1/chat/completions", [
            "model": "extractive", "messages": [["role": "user", "content": "Why was the bridge closed?"]],
        ]).json
        let citation = answer["citations"]?.arrayValue?.first { $0["text"]?.stringValue?.contains("bridge") == true }
        #expect(citation?["page"] == 2 && citation?["page_end"] == nil, "\(answer)")
        #expect(try await client.get("/v1/documents/pages/content").text == text)
    }

    @Test(arguments: RunningServer.Place.allCases) func anUploadedDocumentIsFoundReadAndDeleted(on place: RunningServer.Place) async throws
    {
        let server = try await RunningServer.start(place)
        let client = try await server.client(tenant: "a")
        let made = try await client.post(
            "/v1/documents?wait=true",
            [
                "id": "otters", "title": "Otters", "text": "Sea otters hold hands while they sleep.",
                "url": "https://example.com/otters", "metadata": ["kind": "animal"],
            ])
        #expect(made.status == 200 && made.json["status"] == "ready" && made.json["chunks"]?["embedded"] == 1, "\(made.text)")
        _ = try await client.post("/v1/documents?wait=true", ["id": "bridge", "text": "The bridge was closed for repairs."])

        let answer = try await client.post("/v1/search", ["query": "which animals sleep holding hands?", "explain": true])
        let first = try #require(answer.json["results"]?[0])
        #expect(first["document_id"] == "otters" && first["title"] == "Otters" && first["url"] == "https://example.com/otters")
        #expect(first["metadata"] == ["kind": "animal"] && first["span"] == ["start": 0, "end": 39])
        #expect(first["explain"]?["dense"]?.doubleValue ?? 0 > 0.4 && first["explain"]?["lexical"]?.doubleValue ?? 0 > 0)
        #expect(answer.json["took_ms"]?.doubleValue ?? -1 >= 0)

        let state = try await client.get("/v1/documents/otters")
        #expect(state.json["status"] == "ready" && state.json["spans"]?.arrayValue?.count == 1 && state.json["error"] == .null)
        let content = try await client.get("/v1/documents/otters/content")
        #expect(
            content.text == "Sea otters hold hands while they sleep." && content.headers["content-type"] == ["text/plain; charset=utf-8"])

        #expect(try await client.delete("/v1/documents/otters").status == 204)
        #expect(try await client.delete("/v1/documents/otters").status == 404)
        for mode in ["hybrid", "dense", "lexical"] {
            #expect(try await client.found("otters hold hands", extra: ["mode": .string(mode)]).contains("otters") == false)
        }
        #expect(try await client.get("/v1/documents/otters/content").status == 404)
    }

    @Test(arguments: RunningServer.Place.allCases) func anAcceptedUploadBecomesReadyAndItsJobTells(
        on place: RunningServer.Place
    ) async throws {
        let server = try await RunningServer.start(place)
        let client = try await server.client(tenant: "a")
        let accepted = try await client.post("/v1/documents", ["text": "Copper conducts heat."])
        #expect(accepted.status == 202)
        let job = try #require(accepted.json["job_id"]?.stringValue)
        let id = try #require(accepted.json["id"]?.stringValue)
        let events = try await client.get("/v1/jobs/\(job)/events")
        #expect(events.headers["content-type"] == ["text/event-stream"] && events.text.contains("event: ready\ndata: {"))
        #expect(try await client.get("/v1/jobs/\(job)").json["stage"] == "ready")
        #expect(try await client.found("heat conduction") == [id])
    }

    @Test func replacingReusesWhatDidNotChange() async throws {
        let server = try await RunningServer.start()
        let client = try await server.client(tenant: "a")
        let long = { (last: String) in
            (1...6).map { "# Part \($0)\n\n" + String(repeating: "This sentence belongs to part number \($0). ", count: 20) }.joined(
                separator: "\n\n")
                + "\n\n# End\n\n" + String(repeating: last + " ", count: 30)
        }
        let first = try await client.put("/v1/documents/guide.md?wait=true", long("Alpha closes the guide."), type: "text/markdown")
        let chunks = try #require(first.json["chunks"]?["embedded"]?.intValue)
        #expect(chunks > 3)
        let second = try await client.put("/v1/documents/guide.md?wait=true", long("Omega closes the guide."), type: "text/markdown")
        let counts = try #require(second.json["chunks"])
        #expect(counts["reused"]?.intValue ?? 0 >= chunks - 2 && counts["embedded"]?.intValue ?? 0 >= 1, "\(counts)")
        let text = try await client.get("/v1/documents/guide.md/content").text
        #expect(text.contains("Omega") && !text.contains("Alpha"))
        #expect(try await client.post("/v1/search", ["query": "alpha", "mode": "lexical"]).json["results"]?.arrayValue?.isEmpty == true)
    }

    @Test func readersSeeOneVersionOrTheOtherNeverNeither() async throws {
        let server = try await RunningServer.start()
        let client = try await server.client(tenant: "a")
        _ = try await client.post("/v1/documents?wait=true", ["id": "d", "text": "zebra version 0"])
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for number in 1...25 {
                    _ = try await client.send(
                        .PUT, "/v1/documents/d?wait=true", Array(#"{"text":"zebra version \#(number)"}"#.utf8), type: "application/json")
                }
            }
            for _ in 0..<3 {
                group.addTask {
                    for _ in 0..<40 {
                        let found = try await client.found("zebra")
                        #expect(found == ["d"])
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await client.get("/v1/documents/d/content").text == "zebra version 25")
    }

    @Test func everyFormOfUploadGivesItsText() async throws {
        let server = try await RunningServer.start()
        let client = try await server.client(tenant: "a")
        let html =
            "<html><head><title>Kites</title><script>secret()</script></head><body><p>A kite needs &amp; wants wind.</p></body></html>"
        #expect(try await client.put("/v1/documents/kite?wait=true", html, type: "text/html").status == 200)
        let kite = try await client.get("/v1/documents/kite")
        #expect(kite.json["title"] == "Kites" && kite.json["media_type"] == "text/html")
        #expect(try await client.get("/v1/documents/kite/content").text.contains("A kite needs & wants wind."))
        #expect(try await client.get("/v1/documents/kite/content").text.contains("secret") == false)

        let boundary = "XbX"
        let form = """
            --\(boundary)\r\nContent-Disposition: form-data; name="file"; filename="notes.md"\r\n\r\n# Notes\n\nWind is moving air.\r
            --\(boundary)\r\nContent-Disposition: form-data; name="metadata"\r\n\r\n{"year":2026}\r
            --\(boundary)\r\nContent-Disposition: form-data; name="id"\r\n\r\nforms/notes 1\r
            --\(boundary)--\r\n
            """
        let posted = try await client.send(
            .POST, "/v1/documents?wait=true", Array(form.utf8), type: "multipart/form-data; boundary=\(boundary)")
        #expect(posted.status == 200 && posted.json["id"] == "forms/notes 1", "\(posted.text)")
        let notes = try await client.get("/v1/documents/forms%2Fnotes%201")
        #expect(notes.json["metadata"] == ["year": 2026] && notes.json["media_type"] == "text/markdown")

        let latin = try await client.send(
            .PUT, "/v1/documents/latin?wait=true", Array("caf".utf8) + [0xE9] + Array(" cr\u{65}me".utf8),
            type: "text/plain; charset=iso-8859-1")
        #expect(latin.status == 200)
        #expect(try await client.get("/v1/documents/latin/content").text == "café creme")
    }

    @Test func listsAndFiltersGoThroughAll() async throws {
        let server = try await RunningServer.start()
        let client = try await server.client(tenant: "a")
        let lines = (0..<23).map {
            #"{"id":"n\#($0)","text":"note number \#($0) about rivers","metadata":{"n":\#($0),"even":\#($0 % 2 == 0)}}"#
        }
        let imported = try await client.send(
            .POST, "/v1/documents/import", Array(lines.joined(separator: "\n").utf8), type: "application/x-ndjson")
        #expect(imported.lines.last == ["done": true, "processed": 23, "failed": 0, "chunks": 23])
        var seen: [String] = []
        var cursor = ""
        repeat {
            let page = try await client.get("/v1/documents?limit=5" + (cursor.isEmpty ? "" : "&cursor=\(cursor)")).json
            seen += page["data"]?.arrayValue?.compactMap { $0["id"]?.stringValue } ?? []
            cursor = page["next_cursor"]?.stringValue ?? ""
        } while !cursor.isEmpty
        #expect(seen == (0..<23).map { "n\($0)" }.sorted())
        let filter: JSONValue = ["and": [["key": "even", "op": "eq", "value": true], ["key": "n", "op": "lt", "value": 7]]]
        for mode in ["hybrid", "dense", "lexical"] {
            let found = try await client.found("rivers", limit: 50, extra: ["filter": filter, "mode": .string(mode)])
            #expect(found.sorted() == ["n0", "n2", "n4", "n6"], "\(mode)")
        }
        let grouped = try await client.found("rivers", limit: 20, extra: ["group_by": "document"])
        #expect(grouped.count == 20 && Set(grouped).count == 20)
    }

    @Test func embeddingsFollowOpenAI() async throws {
        let server = try await RunningServer.start()
        let client = try await server.client(tenant: "a")
        let answer = try await client.post("/v1/embeddings", ["model": "all-MiniLM-L6-v2", "input": ["a", "b c"]])
        #expect(answer.status == 200 && answer.json["data"]?.arrayValue?.count == 2)
        #expect(answer.json["data"]?[1]?["embedding"]?.arrayValue?.count == 384)
        #expect(answer.json["usage"] == ["prompt_tokens": 7, "total_tokens": 7])
        let refused = try await client.post("/v1/embeddings", ["model": "all-MiniLM-L6-v2", "input": "x", "dimensions": 100])
        #expect(refused.status == 400 && refused.json["error"]?["param"] == "dimensions")
        // An extension of OpenAI's API. This model has no prompts, so the input type has no effect.
        for kind in ["query", "passage"] as [JSONValue] {
            let typed = try await client.post("/v1/embeddings", ["model": "all-MiniLM-L6-v2", "input": ["a", "b c"], "input_type": kind])
            #expect(typed.status == 200 && typed.json["usage"] == ["prompt_tokens": 7, "total_tokens": 7])
        }
        let mistyped = try await client.post("/v1/embeddings", ["model": "all-MiniLM-L6-v2", "input": "x", "input_type": "nonsense"])
        #expect(mistyped.status == 400 && mistyped.json["error"]?["param"] == "input_type")
        let stranger = try await client.with(key: nil).post("/v1/embeddings", ["model": "x", "input": "x"])
        #expect(stranger.status == 401 && stranger.json["error"]?["code"] == "invalid_api_key")
    }
}
