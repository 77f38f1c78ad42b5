import Testing

@Suite struct ImportScannerTests {
    @Test(arguments: [
        ("import Index", ["Index"]),
        ("  internal import Index", ["Index"]),
        ("public import struct Foundation.URL", ["Foundation"]),
        ("@_spi(ScopeMinting) public import Tenancy", ["Tenancy"]),
        ("@preconcurrency import NIOCore // why", ["NIOCore"]),
        ("@_exported\timport\tJSON", ["JSON"]),
        ("import JSON; import MCP", ["JSON", "MCP"]),
        ("/* import A */ import B", ["B"]),
        ("#if canImport(Musl)\nimport Musl\n#endif", ["Musl"]),
        ("import A\nlet x = 1\nimport B", ["A", "B"]),
    ])
    func findsEveryFormOfImport(source: String, modules: [String]) {
        #expect(ImportScanner.modules(in: source) == modules)
    }

    @Test(arguments: [
        "// import Index", "/// import Index", "/*\nimport Index\n/* nested */\nimport Index\n*/", "let important = 1", "importIndex()",
        "let text = \"\"\"\n    import Index\n    \"\"\"", "let text = \"a // b\"; let more = \"; import Index\"",
        "let text = \"\\\"; import Index\"", "", "import", "@testable",
    ])
    func passesOverWhatIsNone(source: String) {
        #expect(ImportScanner.modules(in: source) == [])
    }

    @Test func codeAfterACommentMarkInAStringIsStillRead() {
        #expect(ImportScanner.modules(in: "let open = \"/*\"\nimport Index") == ["Index"])
    }
}
