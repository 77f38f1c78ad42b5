import CommandSupport
import Foundation
import JSON
import TestSupport
import Testing

/// `contextd extract`, which reads files in worker processes.
@Suite struct ExtractCommandTests {
    let folder: URL

    init() throws {
        folder = try TestPaths.scratch("extract")
        try write("a.html", "<h1>Héad</h1><p>text</p><table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>")
        try write("b.csv", "name,size\nbolt,\"1,5\"\n")
        try write("c.md", "# Md\n\n| x | y |\n|---|---|\n| 1 | a\\|b |\n")
        try write("d.html", "<p> </p>")
    }

    private func write(_ name: String, _ text: String) throws { try Data(text.utf8).write(to: folder.appending(path: name)) }
    private func path(_ name: String) -> String { folder.appending(path: name).path }

    @Test func printsText() async throws {
        let one = try await CommandLineTool.run(["extract", path("a.html")])
        #expect(one.status == 0 && one.output == "Héad\n\ntext\n\na | b\n1 | 2\n" && one.errors.isEmpty)
        let two = try await CommandLineTool.run(["extract", path("b.csv"), path("c.md")])
        #expect(two.output.hasPrefix("==> \(path("b.csv")) <==\nname,size\n") && two.output.contains("==> \(path("c.md")) <==\n# Md"))
    }

    @Test func printsOneObjectForEachFileInOrder() async throws {
        let result = try await CommandLineTool.run(["extract", "--json"] + ["a.html", "d.html", "b.csv", "c.md"].map(path))
        let objects = try result.output.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
        #expect(objects.map { $0["outcome"]?.stringValue } == ["text", "no_text_layer", "text", "text"])
        #expect(objects[0]["headings"] == [["text": "Héad", "level": 1]])
        #expect(objects[0]["tables"] == [[["a", "b"], ["1", "2"]]])
        #expect(objects[2]["tables"] == [[["name", "size"], ["bolt", "1,5"]]])
        #expect(objects[3]["tables"] == [[["x", "y"], ["1", "a|b"]]])
        #expect(objects[1]["code"] == "empty" && result.status == 1)
        #expect(result.errors == "contextd: \(path("d.html")): the document has no text\n")
    }

    @Test func writesTextAndStructure() async throws {
        let out = folder.appending(path: "out/deep")
        try FileManager.default.createDirectory(at: out, withIntermediateDirectories: true)
        try Data("old".utf8).write(to: out.appending(path: "d.html.txt"))
        let result = try await CommandLineTool.run(["extract", "--out", out.path, path("a.html"), path("d.html"), path("none.html")])
        #expect(result.status == 1 && result.output.isEmpty)
        #expect(result.errors.contains("none.html: No such file or directory"))
        #expect(try String(contentsOf: out.appending(path: "a.html.txt"), encoding: .utf8).hasPrefix("Héad\n\ntext"))
        let names = try FileManager.default.contentsOfDirectory(atPath: out.path).sorted()
        #expect(names == ["a.html.json", "a.html.txt", "d.html.json"])
        let object = try JSONValue(parsing: String(contentsOf: out.appending(path: "a.html.json"), encoding: .utf8))
        #expect(object["outcome"] == "text" && object["seconds"]?.doubleValue != nil && object["text"] == nil)
    }

    @Test func equalNamesAreAUsageError() async throws {
        let result = try await CommandLineTool.run(["extract", "--out", path("out"), path("a.html"), "/elsewhere/a.html"])
        #expect(result.status == 2)
    }

    @Test func theSandboxIsShown() async throws {
        let result = try await CommandLineTool.run(["worker", "--check", "--json"])
        let found = try JSONValue(parsing: result.output)
        let denied = try #require(found["denied"]?.objectValue)
        #expect(denied.count == 6 && denied.allSatisfy { $0.value == true })
        #expect(found["protections"]?["seccomp"] == true)
        #expect(try await CommandLineTool.run(["worker"]).status == 2)
        #expect(try await CommandLineTool.run(["--help"]).output.contains("worker") == false)
    }
}
