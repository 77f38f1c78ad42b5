import ContextServer
import Foundation
import JSON
import NIOHTTP1
import Tenancy
import TestSupport
import Testing

/// `resources/list` of MCP: a short first page of the newest documents, then all others.
@Suite(.timeLimit(.minutes(10))) struct ResourceListTests {
    private func server(documents: Int, _ settings: String...) async throws -> (RunningServer, TestClient) {
        let server = try await RunningServer.start(options: settings.flatMap { ["--set", $0] })
        let client = try await server.client(tenant: "a")
        let lines = (0..<documents).map { #"{"id":"doc-\#(100 + $0)","text":"text \#($0)"}"# }.joined(separator: "\n")
        if documents > 0 {
            let imported = try await client.send(.POST, "/v1/documents/import", Array(lines.utf8), type: "application/x-ndjson")
            #expect(imported.lines.last?["failed"] == 0, "\(imported.text)")
        }
        return (server, client)
    }

    /// Returns the ids on each page.
    private func pages(_ client: TestClient, between: (Int) async throws -> Void = { _ in }) async throws -> [[String]] {
        var pages: [[String]] = []
        var params: JSONObject = [:]
        while true {
            let result = try #require(try await client.mcp("resources/list", params).json["result"])
            pages.append((result["resources"]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue })
            guard let cursor = result["nextCursor"] else { return pages }
            params["cursor"] = cursor
            try await between(pages.count)
        }
    }

    @Test func theFirstPageIsShortAndNew() async throws {
        let (server, client) = try await server(documents: 75)
        _ = try await client.post("/v1/documents?wait=true", ["id": "doc-103", "text": "changed"])
        let pages = try await pages(client)
        #expect(pages.map(\.count) == [10, 50, 15])
        #expect(pages[0] == ["doc-103"] + (166...174).reversed().map { "doc-\($0)" })
        #expect(pages[1] + pages[2] == (100...165).filter { $0 != 103 }.map { "doc-\($0)" })
        withExtendedLifetime(server) {}
    }

    @Test func fewDocumentsAreOnePage() async throws {
        let (server, client) = try await server(documents: 10)
        #expect(try await pages(client).map(\.count) == [10])
        let (empty, none) = try await self.server(documents: 0)
        #expect(try await pages(none) == [[]])
        withExtendedLifetime([server, empty]) {}
    }

    @Test func thePagesHaveSettings() async throws {
        let (server, client) = try await server(documents: 7, "mcp.resources_first_page=0", "mcp.resources_page=3")
        #expect(try await pages(client) == [[], ["doc-100", "doc-101", "doc-102"], ["doc-103", "doc-104", "doc-105"], ["doc-106"]])
        let (empty, none) = try await self.server(documents: 0, "mcp.resources_first_page=0")
        #expect(try await pages(none) == [[]])
        withExtendedLifetime([server, empty]) {}
    }

    @Test func changesBetweenPagesLoseNothing() async throws {
        let (server, client) = try await server(documents: 30, "mcp.resources_first_page=5", "mcp.resources_page=10")
        let pages = try await pages(client) { page in
            switch page {
            case 1:
                // One of the first page and one of the others change, one of each is deleted.
                for id in ["doc-128", "doc-120"] {
                    _ = try await client.post("/v1/documents?wait=true", ["id": .string(id), "text": "new"])
                }
                for id in ["doc-129", "doc-100"] { #expect(try await client.delete("/v1/documents/\(id)").status == 204) }
            case 2: #expect(try await client.delete("/v1/documents/doc-110").status == 204)  // the last one of the second page
            default: break
            }
        }
        #expect(pages[0] == ["doc-129", "doc-128", "doc-127", "doc-126", "doc-125"])
        #expect(pages.dropFirst().flatMap { $0 } == (101...124).map { "doc-\($0)" } + ["doc-128"])
        withExtendedLifetime(server) {}
    }

    /// A cursor grants nothing: with another tenant's, the list still holds the caller's documents only.
    @Test func aCursorOfAnotherTenantShowsNothingOfIt() async throws {
        let (server, client) = try await server(documents: 4, "mcp.resources_first_page=1", "mcp.resources_page=1")
        let other = try await server.client(tenant: "b")
        for id in ["doc-101", "own-1", "own-2", "own-3"] {
            _ = try await other.post("/v1/documents?wait=true", ["id": .string(id), "text": "of b"])
        }
        var (params, seen) = (JSONObject(), Set<String>())
        while true {
            let page = try #require(try await client.mcp("resources/list", params).json["result"])
            guard let cursor = page["nextCursor"] else { break }
            params["cursor"] = cursor
            let foreign = try #require(try await other.mcp("resources/list", params).json["result"])
            seen.formUnion((foreign["resources"]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue })
        }
        #expect(!seen.isEmpty && seen.isSubset(of: ["doc-101", "own-1", "own-2", "own-3"]), "\(seen)")
        withExtendedLifetime(server) {}
    }

    @Test func aCursorOfAnotherFormIsRefused() async throws {
        let (server, client) = try await server(documents: 2)
        for after in ["doc-100", "", "/", "5-4/doc-100", "1-/x"] {
            let cursor = Data(#"{"v":1,"list":"resources","after":"\#(after)"}"#.utf8).base64EncodedString()
                .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
            let answer = try await client.legacyMCP("resources/list", ["cursor": .string(cursor)])
            #expect(answer.json["error"]?["code"]?.intValue == (after == "/" ? nil : -32602), "\(after): \(answer.text)")
        }
        withExtendedLifetime(server) {}
    }

    @Test func aPositionIsReadAsItWasWritten() {
        let positions: [(ClosedRange<Int64>?, String?)] = [
            (nil, nil), (nil, "a/b"), (1...1, nil), (3...90, "12-14/x"), (0...Int64.max, "ü"),
        ]
        for (recent, after) in positions {
            let position = ListPosition(recent: recent, after: after.map(DocumentID.test))
            #expect(ListPosition(position.encoded) == position)
        }
        for text in ["", "a", "5-4/", "1/", "-/", "1-/", "-1/", "01-2/", "1-2", "+1-2/", "1-2-3/", "1-99999999999999999999/", " /"] {
            #expect(ListPosition(text) == nil, "\(text)")
        }
    }
}
