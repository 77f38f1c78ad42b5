public import Readers

/// The settings of a worker process, which the server passes on its command line.
public struct ChildSettings: Sendable, Equatable {
    /// Maximum private memory, in bytes.
    public var memoryBytes: Int
    /// Maximum size of mapped input, in bytes.
    public var mappedBytes: Int
    /// Processor time of the worker's whole life, in seconds; the server watches the time of each document itself.
    public var processorSeconds: Int
    public var libraries: ReaderLibraries
    public var selfTest: SelfTest?

    public init(
        memoryBytes: Int, mappedBytes: Int, processorSeconds: Int, libraries: ReaderLibraries = ReaderLibraries(), selfTest: SelfTest? = nil
    ) {
        (self.memoryBytes, self.mappedBytes, self.processorSeconds) = (memoryBytes, mappedBytes, processorSeconds)
        (self.libraries, self.selfTest) = (libraries, selfTest)
    }

    /// The arguments of `contextd worker`.
    var arguments: [String] {
        let numbers = [
            "--memory", "\(memoryBytes)", "--mapped", "\(mappedBytes)", "--processor-seconds", "\(processorSeconds)",
        ]
        let languages = ["--languages", libraries.languages.joined(separator: "+")]
        let pdfium = libraries.pdfium.map { ["--pdfium", $0] } ?? []
        return ["worker"] + numbers + languages + pdfium + (selfTest.map { ["--self-test", $0.rawValue] } ?? [])
    }

    /// Encloses this process.
    public func enclose() -> Protections {
        Sandbox.enter(memoryBytes: memoryBytes, mappedBytes: mappedBytes, processorSeconds: processorSeconds)
    }
}
