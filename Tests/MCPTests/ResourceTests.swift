import Foundation
import JSON
import MCP
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct ResourceTests {
    private func harness(documents: Int, pageSize: Int) -> Harness {
        var limits = MCPLimits()
        limits.pageSize = pageSize
        let ids = (0..<documents).map { "doc-\(1000 + $0)" }
        return Harness(MemoryBackend(["ants": ids.map { MemoryBackend.document($0, "text of \($0)") }]), limits: limits)
    }

    private func walk(_ harness: Harness, _ revision: String, between: (Int) -> Void = { _ in }) async throws -> [[String]] {
        var pages: [[String]] = []
        var params: JSONObject = [:]
        while true {
            let result = try #require(try await harness.ask(revision, "resources/list", params).result)
            pages.append((result["resources"]?.arrayValue ?? []).compactMap { $0["uri"]?.stringValue })
            guard let cursor = result["nextCursor"] else { return pages }
            params["cursor"] = cursor
            between(pages.count)
        }
    }

    @Test(arguments: Harness.legacy + [Harness.modern]) func pagesHoldEachDocumentOnce(revision: String) async throws {
        for (documents, sizes) in [(0, [0]), (1, [1]), (3, [3]), (4, [3, 1]), (10, [3, 3, 3, 1])] {
            let pages = try await walk(harness(documents: documents, pageSize: 3), revision)
            #expect(pages.map(\.count) == sizes)
            #expect(pages.flatMap { $0 } == (0..<documents).map { "contextd://documents/doc-\(1000 + $0)" })
        }
    }

    @Test func theFirstPageHasASizeOfItsOwn() async throws {
        for (first, sizes) in [(nil, [3, 3, 1]), (1, [1, 3, 3]), (5, [5, 2]), (9, [7])] as [(Int?, [Int])] {
            var limits = MCPLimits()
            (limits.firstPageSize, limits.pageSize) = (first, 3)
            let documents = (0..<7).map { MemoryBackend.document("doc-\($0)", "text") }
            let pages = try await walk(Harness(MemoryBackend(["ants": documents]), limits: limits), Harness.modern)
            #expect(pages.map(\.count) == sizes)
        }
    }

    @Test func deletingTheDocumentThatACursorNamesLosesNothing() async throws {
        let harness = harness(documents: 7, pageSize: 3)
        let pages = try await walk(harness, Harness.modern) { page in
            if page == 1 { harness.backend.delete("doc-1002", of: "ants") }
        }
        #expect(pages.flatMap { $0 }.count == 7)
    }

    @Test func anEntryDescribesItsDocument() async throws {
        let resources = try #require(try await Harness().modern("resources/list").result?["resources"]?.arrayValue)
        #expect(
            resources[0] == [
                "uri": "contextd://documents/a%2Fb%20%C3%BC%3F%23%25", "name": "a/b ü?#%", "title": "Title of a/b ü?#%",
                "mimeType": "text/plain", "size": 11, "annotations": ["lastModified": "2026-01-02T03:04:05.000Z"],
            ])
    }

    @Test(arguments: Harness.legacy + [Harness.modern]) func whatIsListedCanBeRead(revision: String) async throws {
        let harness = Harness()
        let resources = try #require(try await harness.ask(revision, "resources/list").result?["resources"]?.arrayValue)
        #expect(resources.count == 4)
        for resource in resources {
            let uri = try #require(resource["uri"])
            let contents = try #require(try await harness.ask(revision, "resources/read", ["uri": uri]).result?["contents"]?.arrayValue)
            #expect(contents.count == 1)
            #expect(contents[0]["uri"] == uri)
            #expect(contents[0]["mimeType"] == "text/plain")
            #expect(contents[0]["text"]?.stringValue?.utf8.count == resource["size"]?.intValue)
        }
    }

    @Test func unknownURIsAreNotFound() async throws {
        let unknown = [
            "contextd://documents/none", "contextd://documents/", "contextd://documents", "contextd:", "", "file:///etc/passwd",
            "contextd://documents/a/b", "contextd://documents/../shared", "contextd://documents/shared/", "contextd://documents/shared?x",
            "contextd://documents/shared#x", "contextd://documents/%", "contextd://documents/%6", "contextd://documents/%zz",
            "contextd://documents/%FF", "contextd://tenants/shared", "https://documents/shared", "contextd://documents/thrown",
            "contextd://documents/" + String(repeating: "x", count: 513),
            "contextd://documents/" + String(repeating: "%20", count: 100_000),
        ]
        let harness = Harness()
        for uri in unknown {
            let modern = try await harness.modern("resources/read", ["uri": .string(uri)])
            #expect(modern.status == 400)
            #expect(modern.code == -32602, "\(uri.prefix(80))")
            if uri.utf8.count < 1000 { #expect(modern.error?["data"]?["uri"]?.stringValue == uri) }
            let legacy = try await harness.legacy("2025-06-18", "resources/read", ["uri": .string(uri)])
            #expect(legacy.code == -32002, "\(uri.prefix(80))")
        }
        #expect(try await harness.modern("resources/read", ["uri": "CONTEXTD://Documents/shared"]).status == 200)
    }

    @Test func cachesMayKeepWhatIsTheSameForAllAndNothingElse() async throws {
        let harness = Harness()
        for method in ["server/discover", "tools/list", "prompts/list", "resources/templates/list"] {
            let result = try await harness.modern(method).result
            #expect(result?["cacheScope"] == "public")
            #expect(result == (try await harness.modern(method, as: "bees").result), "\(method) differs between tenants")
        }
        for (method, params) in [("resources/list", [:] as JSONObject), ("resources/read", ["uri": "contextd://documents/shared"])] {
            let result = try await harness.modern(method, params).result
            #expect(result?["cacheScope"] == "private")
            #expect(result?["ttlMs"] == 0)
        }
    }
}

@Suite(.timeLimit(.minutes(10))) struct CursorTests {
    @Test(arguments: 0..<20 as Range<UInt64>) func aMendedOrInventedCursorIsRefused(seed: UInt64) async throws {
        var rng = SplitMix64(seed: seed)
        let harness = Harness()
        let valid = PageCursor(after: "only-ants").encoded
        let letters = Array("ABCxyz019-_=+/ {}\"é".unicodeScalars)
        for _ in 0..<200 {
            var scalars = Array(valid.unicodeScalars)
            switch Int.random(in: 0..<4, using: &rng) {
            case 0: scalars = (0..<Int.random(in: 0...60, using: &rng)).compactMap { _ in letters.randomElement(using: &rng) }
            case 1: scalars.removeLast(Int.random(in: 1...scalars.count, using: &rng))
            case 2: scalars[Int.random(in: scalars.indices, using: &rng)] = letters.randomElement(using: &rng) ?? "A"
            default: scalars.append(letters.randomElement(using: &rng) ?? "A")
            }
            let text = String(String.UnicodeScalarView(scalars))
            let answer = try await harness.legacy("2025-11-25", "resources/list", ["cursor": .string(text)])
            if let cursor = PageCursor(text, positionBytes: 576) {
                #expect(cursor.encoded == text, "seed \(seed)")
                #expect(answer.result != nil, "seed \(seed)")
            } else if text.isEmpty {
                #expect(answer.result != nil, "seed \(seed): an empty cursor is unset")
            } else {
                #expect(answer.code == -32602, "seed \(seed): \(text)")
            }
        }
    }

    @Test func onlyOurOwnFormIsTaken() {
        func encoded(_ json: String) -> String {
            Data(json.utf8).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        }
        #expect(PageCursor(encoded(#"{"v":1,"list":"resources","after":"x"}"#), positionBytes: 576)?.after == "x")
        for json in [
            #"{"v":2,"list":"resources","after":"x"}"#, #"{"v":1,"list":"tools","after":"x"}"#, #"{"v":1,"list":"resources"}"#,
            #"{"v":1,"list":"resources","after":""}"#, #"{"v":1,"list":"resources","after":7}"#, #"{"list":"resources","v":1,"after":"x"}"#,
            #"{"v":1,"list":"resources","after":"x","z":1}"#, #"{"v":1, "list":"resources","after":"x"}"#, "[]", "7", "", "{",
            #"{"v":1,"list":"resources","after":"\#(String(repeating: "x", count: 577))"}"#,
        ] { #expect(PageCursor(encoded(json), positionBytes: 576) == nil, "\(json)") }
        #expect(PageCursor(String(repeating: "A", count: 1_000_000), positionBytes: 576) == nil)
    }

    @Test func everyIDGoesThereAndBack() {
        for id in ["x", "é\u{301}", "\u{0}\n\"\\", String(repeating: "\u{1}", count: 512), String(repeating: "😀", count: 128)] {
            #expect(PageCursor(PageCursor(after: id).encoded, positionBytes: 576)?.after.utf8.elementsEqual(id.utf8) == true)
        }
    }
}
