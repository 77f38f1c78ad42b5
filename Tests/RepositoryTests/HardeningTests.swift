import Foundation
import TestSupport
import Testing

/// The hardening of the built program, read with `readelf`.
@Suite struct HardeningTests {
    private static let program = ".build/release/contextd"

    private static func readelf(_ arguments: String...) async throws -> String {
        let run = try await Command.run(["readelf", "--wide"] + arguments)
        try #require(run.status != 127, "readelf is missing: install binutils, which comes with g++")
        try #require(run.status == 0, "\(run.errors)")
        return run.output
    }

    @Test func theProgramIsPositionIndependentAndItsStackIsNoCode() async throws {
        let segments = try await Self.readelf("--file-header", "--program-headers", Self.program)
        #expect(segments.contains(/Type: +DYN/), "\(segments)")
        let stack = try #require(segments.split(separator: "\n").first { $0.contains("GNU_STACK") }, "\(segments)")
        #expect(stack.contains(" RW ") && !stack.contains("E"), "\(stack)")
    }

    @Test func relocationsAreReadOnlyFromTheStart() async throws {
        #expect(try await Self.readelf("--program-headers", Self.program).contains("GNU_RELRO"))
        let dynamic = try await Self.readelf("--dynamic", Self.program)
        #expect(dynamic.contains("BIND_NOW") || dynamic.contains(/FLAGS_1.*NOW/), "\(dynamic)")
    }

    /// The program searches for libraries only in the system's default folders, with no search path of its own.
    @Test func noPathToLibrariesIsBuiltIn() async throws {
        let dynamic = try await Self.readelf("--dynamic", Self.program)
        let paths = dynamic.split(separator: "\n").filter { $0.contains("(RUNPATH)") || $0.contains("(RPATH)") }
        #expect(paths.isEmpty, "\(paths): was it built by scripts/build.sh?")
        // The Swift runtime is linked statically.
        #expect(!dynamic.contains("libswiftCore.so"), "\(dynamic)")
    }

    @Test func ourCodeInCIsChecked() async throws {
        #expect(try await Self.readelf("--dyn-syms", Self.program).contains("__stack_chk_fail"))
        let build = TestPaths.repository.appending(path: ".build/release").resolvingSymlinksInPath()
        for target in ["CKernels", "CFaiss"] {
            let folder = build.appending(path: "\(target).build")
            let objects = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".o") }
            #expect(!objects.isEmpty, "\(target)")
            #if arch(x86_64)
                for object in objects {
                    let notes = try await Self.readelf("--notes", folder.appending(path: object).path)
                    #expect(notes.contains("IBT") && notes.contains("SHSTK"), "\(object): \(notes)")
                }
            #endif
        }
    }
}
