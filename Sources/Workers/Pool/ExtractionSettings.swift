import Extraction
import Foundation
public import Readers

/// The settings of a pool of worker processes.
public struct ExtractionSettings: Sendable {
    /// The program `contextd`; by default the one that this process runs, even if its file was replaced meanwhile.
    public var program = "/proc/self/exe"
    /// Number of documents that one client can have read at the same time. One more process reads those of others.
    public var workers = ProcessInfo.processInfo.activeProcessorCount
    /// Maximum private memory of a worker, in bytes.
    public var memoryBytes = 512 << 20
    /// Maximum processor time for a document of up to a megabyte, in seconds. Each further megabyte adds a quarter of it.
    public var timeoutSeconds = 8.0
    /// Number of documents after which a worker is replaced.
    public var documentsPerWorker = 200
    /// Maximum size of one document, in bytes.
    public var maximumDocumentBytes = ExtractLimits().maxBytes
    /// The libraries that a worker loads before it gives up access to files.
    public var libraries = ReaderLibraries()
    package var selfTest: SelfTest?

    public init() {}

    /// Number of times that a document is tried if its worker ends for no reason of the document that can be named.
    static let attempts = 3
    /// The wait before a second attempt, in seconds; twice as long before the next.
    static let backoffSeconds = 0.1
    /// Time for a worker to start, in seconds.
    static let startSeconds = 30.0
    /// Elapsed time allowed for a second of processor time: a busy machine must not fail documents.
    private static let elapsedPerProcessorSecond = 4.0

    /// Returns the time for a document of that size.
    package func budget(bytes: Int) -> TimeBudget {
        let seconds = timeoutSeconds * (1 + 0.25 * max(0, Double(bytes) / 1_000_000 - 1))
        return TimeBudget(processorSeconds: seconds, elapsedSeconds: seconds * Self.elapsedPerProcessorSecond)
    }

    var child: ChildSettings {
        let longest = budget(bytes: maximumDocumentBytes).processorSeconds
        let life = longest + timeoutSeconds * Double(documentsPerWorker)
        return ChildSettings(
            memoryBytes: memoryBytes, mappedBytes: maximumDocumentBytes + (64 << 20), processorSeconds: Int(life.rounded(.up)),
            libraries: libraries, selfTest: selfTest)
    }
}

/// The time that a document may take, in seconds.
package struct TimeBudget: Equatable {
    package let processorSeconds: Double
    package let elapsedSeconds: Double
}
