public import Extraction
import Readers
public import Scheduling

/// A reader in this process: for tests, and for programs that trust what they read.
public struct InProcessReader: DocumentExtracting {
    private let workers: WorkerPool

    /// - Parameter workers: the threads to read on.
    public init(workers: WorkerPool) { self.workers = workers }

    public func extract(_ document: DocumentToRead, for key: WorkKey) async throws -> ExtractedDocument {
        try await workers.run(for: key, .long) { _ in
            let file =
                switch document.content {
                case .bytes(let bytes): FileBytes(bytes)
                case .file(let file): try FileBytes(mapping: file.descriptor)
                }
            let context = ReadingContext(limits: document.limits, fileName: document.fileName)
            return try DocumentReader.read(file, contentType: document.contentType, context)
        }
    }
}
