import Catalog
import Embeddings
import Extraction
import Failure
import Ingest
import Logging
import Scheduling
import Tenancy
import TestSupport
import Testing
import Workers

/// What worker processes report becomes the failure of the document.
@Suite struct WorkerOutcomeTests {
    /// An extraction with a fixed outcome.
    private struct FixedExtraction: DocumentExtracting {
        let result: Result<ExtractedDocument, any Error>

        func extract(_ document: DocumentToRead, for key: WorkKey) async throws -> ExtractedDocument { try result.get() }
    }

    private struct OtherError: Error {}

    private let fixture: PipelineFixture

    init() async throws { fixture = try await PipelineFixture() }

    private func ingest(_ type: String, _ result: Result<ExtractedDocument, any Error>) async throws -> IngestPipeline.Outcome? {
        let pipeline = IngestPipeline(
            catalog: fixture.catalog, embedder: fixture.embedder, tokens: WordTokens(),
            workers: WorkerPool(name: "test", threads: 1, queueLimit: 10), extraction: FixedExtraction(result: result))
        let source = SourceDocument(id: .test("d"), bytes: Array("<p>own text</p>".utf8), contentType: type)
        return try await pipeline.ingest([source], in: fixture.a).first
    }

    @Test(arguments: [
        (ExtractError.Code.timedOut, true), (.outOfMemory, true), (.crashed, true), (.malformed, false), (.encrypted, false),
    ])
    func errorsKeepTheirCode(code: ExtractError.Code, isRetryable: Bool) async throws {
        let outcome = try await ingest("text/html", .failure(ExtractError(code, "why")))
        guard case .failure(let failure) = outcome else {
            Issue.record("\(String(describing: outcome))")
            return
        }
        #expect(failure.code == code.rawValue && failure.detail == "why" && failure.isRetryable == isRetryable)
        #expect(failure.failure.code == code.rawValue)
    }

    @Test func anOutageOfWorkersIsNoFailureOfTheDocument() async throws {
        await #expect(throws: OtherError.self) { try await ingest("text/html", .failure(OtherError())) }
    }

    @Test func onlyFormatsOfTextAreReadHere() async throws {
        let text = "from a worker"
        let block = TextBlock(kind: .paragraph, range: 0..<text.utf8.count)
        let read = ExtractedDocument(title: nil, text: text, blocks: [block], mediaType: .html)
        for (type, expected) in [("text/html", text), ("application/xhtml+xml", text), ("text/plain", "<p>own text</p>")] {
            _ = try await ingest(type, .success(read))
            let stored = try await fixture.catalog.documentWithText(.test("d"), in: fixture.a)
            #expect(stored.text == expected, "\(type)")
        }
    }
}
