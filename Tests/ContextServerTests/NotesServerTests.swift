import CommandSupport
import Foundation
import JSON
import TestSupport
import Testing

/// The example `Examples/NotesServer`, driven over its standard streams as a client does.
@Suite(.timeLimit(.minutes(10))) struct NotesServerTests {
    @Test func aClientUsesEverythingThatTheExampleOffers() async throws {
        let client = try NotesClient()
        let handshake: JSONObject = [
            "protocolVersion": "2025-11-25", "capabilities": [:], "clientInfo": ["name": "test", "version": "0"],
        ]
        let greeting = try await client.result("initialize", handshake)
        #expect(greeting["protocolVersion"] == "2025-11-25")
        #expect(greeting["serverInfo"]?["name"] == "notes-server")
        #expect(greeting["capabilities"]?.objectValue?.keys == ["tools", "resources", "prompts", "completions"])
        try client.notify("notifications/initialized")

        let tools = try await client.result("tools/list")["tools"]?.arrayValue
        #expect(tools?.map { $0["name"] } == ["add_note", "find_notes"])
        #expect(tools?.map { $0["annotations"]?["readOnlyHint"] } == [false, true])

        let added = try await client.call("add_note", ["text": "Herons stand still to fish."])
        #expect(added["structuredContent"] == ["id": 1, "uri": "notes://note/1", "text": "Herons stand still to fish."])
        #expect(try await client.call("add_note", ["text": "Eiders fish, and nest on the rock."])["structuredContent"]?["id"] == 2)
        #expect(try await client.found("FISH herons") == [1])
        #expect(try await client.found("fish") == [2, 1])
        #expect(try await client.found("owls") == [])

        let listed = try await client.result("resources/list")
        #expect(listed["resources"]?.arrayValue?.map { $0["uri"] } == ["notes://note/1", "notes://note/2"])
        #expect(listed["nextCursor"] == nil)
        let read = try await client.result("resources/read", ["uri": "notes://note/2"])
        #expect(read["contents"]?[0]?["text"] == "Eiders fish, and nest on the rock.")
        let template: JSONValue = ["type": "ref/resource", "uri": "notes://note/{id}"]
        let completed = try await client.result("completion/complete", ["ref": template, "argument": ["name": "id", "value": "2"]])
        #expect(completed["completion"]?["values"] == ["2"])

        let prompt = try await client.result("prompts/get", ["name": "summarize_notes", "arguments": ["topic": "eiders"]])
        let text = prompt["messages"]?[0]?["content"]?["text"]?.stringValue ?? ""
        #expect(text.contains("nest on the rock") && !text.contains("Herons"), "\(text)")
        #expect(await client.closed() == 0)
    }

    @Test func errorsSayWhatToChange() async throws {
        let client = try NotesClient()
        for (arguments, text) in [
            ([:], "add_note: text is required and must be a string of 1 to 4000 bytes"),
            (["text": 7], "add_note: text must be a string of 1 to 4000 bytes, got 7"),
            (["txt": "a"], "add_note: text is required and must be a string of 1 to 4000 bytes"),
        ] as [(JSONObject, String)] {
            let result = try await client.call("add_note", arguments)
            #expect(result["isError"] == true && result["content"]?[0]?["text"]?.stringValue == text, "\(result)")
        }
        #expect(try await client.errorCode("tools/call", ["name": "drop_note", "arguments": [:]]) == -32602)
        #expect(try await client.errorCode("resources/read", ["uri": "notes://note/1"]) == -32002)
        #expect(try await client.errorCode("prompts/get", ["name": "summarize_notes", "arguments": ["topic": "owls"]]) == -32602)
        #expect(try await client.errorCode("notes/list") == -32601)
        #expect(await client.closed() == 0)
    }

    @Test func aFailedWriteIsAnErrorAlthoughLinesAreUnread() async throws {
        let input = try TestPaths.scratch("notes").appending(path: "pings")
        let pings = (0..<200).map { #"{"jsonrpc":"2.0","id":\#($0),"method":"ping"}"# }.joined(separator: "\n")
        try Data(pings.utf8).write(to: input)
        let process = try ChildProcess(
            NotesClient.program.path, [], input: .file(input.path), output: .file("/dev/full"), errors: .null)
        #expect(await process.status() == 1)
    }

    @Test func aLongListHasPages() async throws {
        let client = try NotesClient()
        for number in 1...51 { _ = try await client.call("add_note", ["text": "Note number \(number)"]) }
        let first = try await client.result("resources/list")
        #expect(first["resources"]?.arrayValue?.count == 50)
        let second = try await client.result("resources/list", ["cursor": first["nextCursor"] ?? .null])
        #expect(second["resources"]?.arrayValue?.map { $0["uri"] } == ["notes://note/51"])
        #expect(second["nextCursor"] == nil)
        #expect(await client.closed() == 0)
    }

    @Test func anArgumentIsRejected() async throws {
        let result = try await CommandLineTool.process(["notes.txt"], program: NotesClient.program)
        #expect(result.status == 2 && result.output.isEmpty, "\(result)")
        #expect(result.errors == "notes-server: takes no arguments, got notes.txt\n")
    }
}

/// A running `notes-server`, to which a test sends one request at a time.
private final class NotesClient: Sendable {
    static let program = CommandLineTool.path.deletingLastPathComponent().appending(path: "notes-server")

    private let process: ChildProcess

    init() throws {
        let path = Self.program.path
        try #require(FileManager.default.isExecutableFile(atPath: path), "\(path) is missing; `swift build --build-tests` builds it")
        process = try ChildProcess(path, [], input: .pipe)
    }

    func notify(_ method: String) throws { try send(["jsonrpc": "2.0", "method": .string(method)]) }

    private func send(_ message: JSONObject) throws {
        try process.write(message.serialized() + [UInt8(ascii: "\n")])
    }

    /// Sends a request and returns the whole response.
    private func response(_ method: String, _ params: JSONObject) async throws -> JSONValue {
        let id = JSONValue.string(UUID().uuidString)
        try send(["jsonrpc": "2.0", "id": id, "method": .string(method), "params": .object(params)])
        let response = try JSONValue(parsing: await process.line())
        #expect(response["id"] == id, "\(response)")
        return response
    }

    func result(_ method: String, _ params: JSONObject = [:]) async throws -> JSONValue {
        let response = try await response(method, params)
        return try #require(response["result"], "\(response)")
    }

    func errorCode(_ method: String, _ params: JSONObject = [:]) async throws -> Int? {
        try await response(method, params)["error"]?["code"]?.intValue
    }

    func call(_ tool: String, _ arguments: JSONObject) async throws -> JSONValue {
        try await result("tools/call", ["name": .string(tool), "arguments": .object(arguments)])
    }

    /// Returns the ids of the notes that `find_notes` finds.
    func found(_ query: String) async throws -> [Int] {
        let notes = try await call("find_notes", ["query": .string(query)])["structuredContent"]?["notes"]?.arrayValue
        return try #require(notes).compactMap { $0["id"]?.intValue }
    }

    /// Closes the program's standard input and returns its exit status.
    func closed() async -> Int32 {
        process.closeInput()
        return await process.status()
    }
}
