import CommandSupport
import Foundation
import TestSupport
import Testing

/// The precision of the encoder where no setting says it.
@Suite(.timeLimit(.minutes(10))) struct PrecisionTests {
    private let folder: URL
    private let note: URL

    init() throws {
        folder = try TestPaths.scratch()
        note = folder.appending(path: "note.txt")
        try "Herons stand still to fish.".write(to: note, atomically: true, encoding: .utf8)
    }

    private func contextd(_ arguments: String..., precision: String? = nil) async throws -> CommandResult {
        let set = precision.map { ["--set", "embedding.precision=\($0)"] } ?? []
        return try await CommandLineTool.run(arguments + ["--data-dir", folder.appending(path: "data").path] + set)
    }

    /// Fills a new directory, and returns the errors of `other`, which does not match it.
    private func fill(precision: String?, against other: String) async throws -> String {
        #expect(try await contextd("tenant", "create", "t").status == 0)
        let first = try await contextd("ingest", note.path, "--tenant", "t", precision: precision)
        #expect(first.status == 0, "\(first)")
        let again = try await contextd("search", "birds", "--tenant", "t", "--mode", "dense")
        #expect(again.status == 0 && again.output.contains("note.txt"), "without a setting: \(again)")
        let refused = try await contextd("search", "birds", "--tenant", "t", precision: other)
        #expect(refused.status == 1, "\(refused)")
        return refused.errors
    }

    @Test func aNewDirectoryHasEightBits() async throws {
        let errors = try await fill(precision: nil, against: "float32")
        #expect(errors.contains("-int8-d384-"), "\(errors)")
    }

    @Test func aDirectoryThatHoldsFloat32KeepsIt() async throws {
        let errors = try await fill(precision: "float32", against: "int8")
        #expect(errors.contains("was embedded with") && errors.contains("-float32-d384-"), "\(errors)")
    }
}
