import Foundation
import JSON
import TestSupport
import Testing

/// SwiftPM lets a file import a module that its target does not declare if another target has built it; these tests do not.
@Suite struct ImportRulesTests {
    static func rules() async throws -> ImportRules {
        let manifest = try await Manifest.ofThisPackage()
        let files = try manifest.sources.flatMap { target in
            try swiftFiles(in: target.path).map { path in
                let source = try String(contentsOf: TestPaths.repository.appending(path: path), encoding: .utf8)
                return ImportRules.File(target: target.name, path: path, imports: ImportScanner.modules(in: source))
            }
        }
        return ImportRules(manifest: manifest, files: files)
    }

    static func swiftFiles(in folder: String) throws -> [String] {
        let url = TestPaths.repository.appending(path: folder).resolvingSymlinksInPath()
        return try FileManager.default.subpathsOfDirectory(atPath: url.path)
            .filter { $0.hasSuffix(".swift") }.sorted().map { "\(folder)/\($0)" }
    }

    @Test func everyImportIsDeclared() async throws {
        let rules = try await Self.rules()
        #expect(rules.files.count > 20, "only \(rules.files.count) files were read")
        #expect(rules.undeclared() == [])
    }

    @Test func importsAreInAlphabeticalOrder() async throws {
        for target in try await Manifest.ofThisPackage().sources {
            for path in try Self.swiftFiles(in: target.path) {
                let source = try String(contentsOf: TestPaths.repository.appending(path: path), encoding: .utf8)
                let lines = source.split(separator: "\n", omittingEmptySubsequences: false).map { ImportScanner.modules(in: String($0)) }
                for block in lines.split(whereSeparator: \.isEmpty) {
                    let modules = block.flatMap(\.self)
                    #expect(modules == modules.sorted(), "\(path)")
                }
            }
        }
    }

    @Test func everyForeignModuleHasOneImporter() async throws {
        #expect(try await Self.rules().misplaced() == [])
    }

    @Test(arguments: [
        ("Index", ["Tenancy", "Catalog", "Hummingbird", "GRDB"]),
        ("Embeddings", ["Tenancy", "Catalog", "Hummingbird", "GRDB"]),
        ("RemoteEmbeddings", ["Tenancy", "Catalog", "Hummingbird", "GRDB"]),
        ("Upstream", ["Tenancy", "Catalog", "JSON", "Embeddings"]),
        ("Kernels", ["Tenancy", "JSON", "Index", "Embeddings"]),
        ("Retrieval", ["Hummingbird", "MCP", "ContextServer", "Completions"]),
        ("Completions", ["Tenancy", "Catalog", "Index", "Embeddings", "Retrieval"]), ("Citing", ["Tenancy", "JSON"]),
        ("Failure", ["Tenancy", "Catalog", "MCP"]),
        ("Catalog", ["Index", "Embeddings", "Retrieval", "Ingest"]),
        ("Accounting", ["Index", "Embeddings", "Retrieval", "Ingest", "Completions", "Hummingbird"]),
        ("Extraction", ["Tenancy", "Catalog", "Embeddings", "Ingest"]), ("WebSockets", ["ContextServer", "Tenancy", "Hummingbird"]),
        ("Answers", ["ContextServer", "Hummingbird", "HTTPTypes", "MCP", "Ingest"]), ("MCP", ["Tenancy", "Catalog", "Retrieval"]),
        ("ContextServer", ["Commands", "ArgumentParser", "RemoteEmbeddings"]), ("Tenancy", ["Catalog", "Retrieval", "ContextServer"]),
        ("ByteText", ["Tenancy", "JSON", "Citing"]),
    ])
    func arrowsPointDown(from target: String, never forbidden: [String]) async throws {
        let manifest = try await Manifest.ofThisPackage()
        try #require(manifest.targets.contains { $0.name == target })
        #expect(manifest.reachable(from: target).intersection(forbidden) == [])
    }

    @Test func theProgramIsOnlyItsCommands() async throws {
        let manifest = try await Manifest.ofThisPackage()
        #expect(try #require(manifest.targets.first { $0.name == "contextd" }).dependencies == ["Commands"])
    }

    @Test func theProtocolKnowsNoneOfOursButJSON() async throws {
        let manifest = try await Manifest.ofThisPackage()
        #expect(try #require(manifest.targets.first { $0.name == "MCP" }).dependencies == ["ByteText", "Failure", "JSON"])
    }

    /// Others can write what the example shows: it uses only the targets of the product MCP.
    @Test func theExampleServerUsesOnlyTheProduct() async throws {
        let manifest = try await Manifest.ofThisPackage()
        #expect(try #require(manifest.targets.first { $0.name == "notes-server" }).dependencies == ["MCP", "JSON", "Failure"])
    }
}

/// Tests of the rules themselves, with an invented graph and files that violate each of them.
@Suite struct ImportRulesSelfTests {
    static let manifest = Manifest(targets: [
        .init(name: "Index", path: "Sources/Index", dependencies: ["Kernels", "CFaiss"]),
        .init(name: "Kernels", path: "Sources/Kernels", dependencies: ["CKernels"]),
        .init(name: "Retrieval", path: "Sources/Retrieval", dependencies: ["Index", "Tenancy"]),
    ])

    static func rules(_ target: String, _ source: String) -> ImportRules {
        let file = ImportRules.File(target: target, path: "F.swift", imports: ImportScanner.modules(in: source))
        return ImportRules(manifest: manifest, files: [file])
    }

    @Test func anUndeclaredImportIsFound() {
        let rules = Self.rules("Index", "import Foundation\nimport Kernels\nimport Tenancy")
        #expect(rules.undeclared() == ["F.swift: Index does not declare Tenancy"])
    }

    @Test func whatADependencyDeclaresIsNotDeclared() {
        #expect(Self.rules("Retrieval", "internal import Kernels").undeclared().count == 1)
    }

    @Test func declaredImportsPass() {
        #expect(Self.rules("Index", "import Foundation\npublic import Kernels\ninternal import CFaiss").undeclared() == [])
    }

    @Test func aSecondImporterIsFound() {
        #expect(Self.rules("Retrieval", "import HummingbirdCore").misplaced() == ["F.swift: only ContextServer may import HummingbirdCore"])
        #expect(Self.rules("Retrieval", "import CFaiss").misplaced().count == 1)
        #expect(Self.rules("Index", "import CFaiss").misplaced() == [])
    }

    @Test func arrowsAreFollowedToTheEnd() {
        #expect(Self.manifest.reachable(from: "Retrieval") == ["Index", "Tenancy", "Kernels", "CFaiss", "CKernels"])
        #expect(Self.manifest.reachable(from: "Kernels") == ["CKernels"])
    }

    @Test func theDumpIsReadInAllItsForms() throws {
        let dump: JSONValue = [
            "targets": [
                [
                    "name": "A", "type": "regular",
                    "dependencies": [
                        ["byName": ["B", .null]], ["product": ["GRDB", "GRDB.swift", .null, .null]], ["target": ["C", .null]],
                    ],
                ],
                ["name": "ATests", "type": "test", "dependencies": []],
                ["name": "bench", "type": "executable", "path": "Benchmarks/A", "dependencies": []],
            ]
        ]
        let manifest = try Manifest(dump: dump)
        #expect(manifest.targets.map(\.path) == ["Sources/A", "Tests/ATests", "Benchmarks/A"])
        #expect(manifest.targets[0].dependencies == ["B", "GRDB", "C"])
        #expect(throws: Manifest.Unreadable.self) { try Manifest(dump: ["targets": [["name": "A"]]]) }
        #expect(throws: Manifest.Unreadable.self) {
            try Manifest(dump: ["targets": [["name": "A", "type": "regular", "dependencies": [["other": []]]]]])
        }
    }
}
