import Foundation
import TestSupport
import Testing

@Suite struct DocumentPathsTests {
    @Test(arguments: ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"])
    func everyPathThatADocumentNamesIsThere(document: String) throws {
        let text = try String(contentsOf: TestPaths.repository.appending(path: document), encoding: .utf8)
        #expect(Self.missing(in: text) == [])
    }

    @Test func whereToLookNamesPaths() throws {
        let text = try String(contentsOf: TestPaths.repository.appending(path: "ARCHITECTURE.md"), encoding: .utf8)
        let heading = try #require(text.range(of: "where to look", options: .caseInsensitive), "no table `where to look`")
        let table = text[heading.upperBound...].split(separator: "\n").filter { $0.hasPrefix("|") }
        #expect(DocumentPaths.named(in: table.joined(separator: "\n")).count >= 8)
    }

    static func missing(in text: String) -> [String] {
        DocumentPaths.named(in: text).filter {
            !FileManager.default.fileExists(atPath: TestPaths.repository.appending(path: $0).path)
        }
    }

    @Test(arguments: [
        ("in `Sources/JSON` and `Tests/JSONTests/A.swift:12`", ["Sources/JSON", "Tests/JSONTests/A.swift"]),
        ("run `scripts/test.sh --filter X`", ["scripts/test.sh"]),
        ("`Sources/{Index,Ingest/Chunk}` and `Sources/*/Errors.swift`", ["Sources/Index", "Sources/Ingest/Chunk", "Sources"]),
        ("see [the design](docs/design.md#why), [site](https://a.b/c) and [below](#below)", ["docs/design.md"]),
        ("`GET /v1/search`, `data/demo.key`, `.build/release/contextd`, `a/b`, `Sources`, `unclosed", []),
        ("`Sources/A` twice `Sources/A`", ["Sources/A"]),
    ])
    func pathsAreFound(text: String, paths: [String]) {
        #expect(DocumentPaths.named(in: text) == paths)
    }

    @Test func aMissingPathIsReported() {
        #expect(Self.missing(in: "`Sources/NoSuchTarget/A.swift`, `Sources/JSON`") == ["Sources/NoSuchTarget/A.swift"])
    }
}
