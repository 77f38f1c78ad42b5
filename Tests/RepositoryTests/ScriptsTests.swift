import Foundation
import TestSupport
import Testing

/// Checks that the repository's scripts work.
@Suite struct ScriptsTests {
    static func files(in folder: String, ending suffix: String) throws -> [String] {
        let url = TestPaths.repository.appending(path: folder).resolvingSymlinksInPath()
        return try FileManager.default.contentsOfDirectory(atPath: url.path)
            .filter { $0.hasSuffix(suffix) }.sorted().map { "\(folder)/\($0)" }
    }

    @Test func shellScriptsParse() async throws {
        let scripts = try Self.files(in: "scripts", ending: ".sh") + [".ci/run"]
        #expect(scripts.count > 5)
        for script in scripts {
            let parsed = try await Command.run(["bash", "-n", script])
            #expect(parsed.status == 0, "\(script): \(parsed.errors)")
        }
    }

    @Test func continuousIntegrationRunsTheTests() throws {
        let script = try String(contentsOf: TestPaths.repository.appending(path: ".ci/run"), encoding: .utf8)
        #expect(script.split(separator: "\n").contains("make test"))
    }

    /// Compares nDCG, recall and reciprocal rank with values computed by hand.
    @Test func retrievalMeasuresAreRight() async throws {
        let run = try await Command.run(["python3", "-B", "Benchmarks/scripts/retrieval_quality.py", "--self-test"])
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.output.contains("10 measures match the hand-computed values"))
    }

    /// Compares recall of passages with values computed by hand, and checks that each question's span occurs once in its document.
    @Test func passageQuestionsAreSound() async throws {
        let folder = "Benchmarks/scripts"
        let run = try await Command.run(["python3", "-B", "\(folder)/passage_quality.py", "--self-test"])
        #expect(run.status == 0, "\(run.errors)")
        let read = """
            import sys; sys.path.insert(0, "\(folder)")
            import passage_quality; print(len(passage_quality.read_questions(passage_quality.FOLDER)))
            """
        let questions = try await Command.run(["python3", "-B", "-c", read])
        #expect(questions.status == 0, "\(questions.errors)")
        #expect((Int(questions.output.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0) >= 300)
    }

    @Test func clientCorpusIsWhatItsScriptWrites() async throws {
        let written = try await Command.run(["python3", "-B", "Tests/Clients/make_corpus.py"])
        #expect(written.status == 0, "\(written.errors)")
        let committed = try Data(contentsOf: TestPaths.repository.appending(path: "Tests/Clients/corpus.jsonl"))
        #expect(Array(written.output.utf8) == [UInt8](committed))
    }

    @Test func everyPythonRequirementIsPinned() throws {
        let files = try Self.files(in: "Tests/Clients", ending: ".txt") + ["scripts/model.requirements.txt"]
        #expect(files.count == 7)
        for file in files {
            let text = try String(contentsOf: TestPaths.repository.appending(path: file), encoding: .utf8)
            let loose = text.split(separator: "\n").filter { !$0.hasPrefix("#") && !$0.contains("==") }
            #expect(loose == [], "\(file)")
        }
    }
}
