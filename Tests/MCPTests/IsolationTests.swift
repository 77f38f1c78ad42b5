import JSON
import MCP
import Testing

/// Another tenant's document is never visible, with any method and in every revision.
@Suite(.timeLimit(.minutes(10))) struct IsolationTests {
    @Test(arguments: Harness.legacy + [Harness.modern]) func anotherTenantsDocumentIsNotThere(revision: String) async throws {
        let harness = Harness()
        for (mine, theirs) in [("ants", "bees"), ("bees", "ants")] {
            func ask(_ method: String, _ params: JSONObject = [:]) async throws -> Harness.Answer {
                let answer = try await harness.ask(revision, method, params, as: mine)
                let text = (answer.result ?? nil)?.description ?? ""
                #expect(!text.contains("\(theirs) "), "\(method)")
                return answer
            }
            let read = try await ask("resources/read", ["uri": .string("contextd://documents/only-\(theirs)")])
            #expect(read.code == (revision == Harness.modern ? -32602 : -32002))
            let fetched = try await ask("tools/call", ["name": "fetch", "arguments": ["id": .string("only-\(theirs)")]])
            #expect(fetched.result?["isError"] == true)
            let shared = try await ask("tools/call", ["name": "fetch", "arguments": ["id": "shared"]])
            #expect(shared.result?.description.contains("\(mine) text of the shared id") == true)
            let found = try await ask("tools/call", ["name": "search", "arguments": ["query": "text of the shared id"]])
            #expect(found.result?.description.contains("\(mine) text") == true)
            #expect(try await ask("resources/list").result?.description.contains("only-\(theirs)") == false)
            let prompt = try await ask("prompts/get", ["name": "answer_with_context", "arguments": ["question": "text of the shared id"]])
            #expect(prompt.result?.description.contains("\(mine) text") == true)
            let completion = try await ask(
                "completion/complete", ["ref": CompletionTests.document, "argument": ["name": "id", "value": .string("only-")]])
            #expect(completion.result?["completion"]?["values"] == [.string("only-\(mine)")])
        }
    }

    /// A cursor is only a position: with another tenant's cursor, a caller gets a page of its own documents.
    @Test func anothersCursorListsOnesOwn() async throws {
        var limits = MCPLimits()
        limits.pageSize = 1
        let harness = Harness(limits: limits)
        let cursor = try #require(try await harness.modern("resources/list", as: "ants").result?["nextCursor"])
        let page = try await harness.modern("resources/list", ["cursor": cursor], as: "bees")
        #expect(page.result?["resources"]?[0]?["name"] == "only-bees")
    }
}
