import Testing

@Suite struct FolderGraphTests {
    @Test(arguments: ["Sources/ContextServer", "Sources/Completions", "Sources/Extraction", "Sources/MCP"])
    func noFolderIsInACircle(target: String) throws {
        let graph = try FolderGraph.of(target: target)
        #expect(graph.folders.count > 1)
        #expect(graph.circles == [], "\(target)")
    }

    @Test func circlesAreFound() {
        let low = ("Low/A.swift", "struct A {}\nprivate struct P {}\n// High\n")
        let middle = ("Middle/B.swift", "enum B { let a: A }")
        let high = ("High/C.swift", "final class C { let b: B, p: P }")
        #expect(FolderGraph([low, middle, high]).circles == [])
        let back = ("Low/D.swift", "struct D { let c: C }")
        let circles = FolderGraph([low, middle, high, back]).circles
        #expect(circles.map { $0.prefix { $0 != ":" } } == ["High -> Middle", "Low -> High", "Middle -> Low"])
    }
}
