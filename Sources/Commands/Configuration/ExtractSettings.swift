import Readers
import Workers

/// The section `extract`: the worker processes that read documents.
enum ExtractSettings {
    /// Number of documents of one tenant that are read at the same time.
    static let workers = Setting<Int>.integer("extract.workers", in: 1...256)
    /// Maximum private memory of a worker.
    static let workerMemory = Setting<Int>.bytes("extract.worker_memory", in: (128 << 20)...(1 << 40))
    /// Number of documents after which a worker is replaced.
    static let workerDocuments = Setting<Int>.integer("extract.worker_documents", in: 1...100_000)
    /// Maximum processor time for a document of up to a megabyte.
    static let timeoutSeconds = Setting<Double>.number("extract.timeout_seconds", in: 0.1...3600)

    /// Languages of text recognition, such as `eng+deu`; empty turns it off.
    static let languages = Setting<String>.text("extract.languages", bytes: 0...400)
    /// The path of PDFium.
    static let pdfium = Setting<String>.text("extract.pdfium")

    static let all: [any AnySetting] = [workers, workerMemory, workerDocuments, timeoutSeconds, languages, pdfium]

    /// - Parameter maximumDocumentBytes: maximum size of a document.
    static func settings(_ configuration: Configuration, maximumDocumentBytes: Int) -> ExtractionSettings {
        var settings = ExtractionSettings()
        settings.maximumDocumentBytes = maximumDocumentBytes
        if let value = configuration.value(workers) { settings.workers = value }
        if let value = configuration.value(workerMemory) { settings.memoryBytes = value }
        if let value = configuration.value(workerDocuments) { settings.documentsPerWorker = value }
        if let value = configuration.value(timeoutSeconds) { settings.timeoutSeconds = value }
        if let value = configuration.value(languages) { settings.libraries.languages = value.split(separator: "+").map(String.init) }
        settings.libraries.pdfium = configuration.path(pdfium)
        if let program = Console.current.program { settings.program = program }
        return settings
    }
}
