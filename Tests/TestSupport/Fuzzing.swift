import Foundation

/// Feeds a parser with inputs from a `Mutator`: some thousands in the normal suite, or as many as `CONTEXTD_FUZZ_INPUTS` says.
///
/// Before each run the input is written to a memory-mapped file, so that it survives a trap that ends the process:
/// `.build/fuzz/NAME.input`. The seed is printed; `CONTEXTD_FUZZ_SEED` sets it.
public struct Fuzzing: Sendable {
    public let name: String
    public let seed: UInt64
    public let count: Int

    /// Number of inputs of each parser in the normal suite.
    private static let standardCount = 3000
    private static let environment = ProcessInfo.processInfo.environment

    /// Whether `CONTEXTD_FUZZ_INPUTS` sets the number of inputs.
    public static let isLong = environment["CONTEXTD_FUZZ_INPUTS"] != nil

    /// - Parameter share: the share of the usual number of inputs, for a parser whose runs are expensive; ignored in the long mode.
    public init(_ name: String, share: Double = 1) {
        self.name = name
        seed = Self.environment["CONTEXTD_FUZZ_SEED"].flatMap(UInt64.init) ?? 20_260_729
        count = Self.environment["CONTEXTD_FUZZ_INPUTS"].flatMap(Int.init) ?? Int(Double(Self.standardCount) * share)
    }

    /// A description of an input for failure messages.
    public func note(_ number: Int) -> String { "\(name): input \(number) of seed \(seed)" }

    /// Calls `body` with each input and its number. The file is kept if `body` throws.
    public func run(corpus: [[UInt8]], tokens: [String], maximumBytes: Int = 4096, _ body: ([UInt8], Int) throws -> Void) throws {
        var mutator = Mutator(corpus: corpus, tokens: tokens, maximumBytes: maximumBytes, seed: seed)
        let record = try InputRecord(name: name, capacity: maximumBytes)
        for number in 0..<count {
            let input = mutator.next()
            record.set(input)
            try body(input, number)
        }
        finish(record)
    }

    /// The same for an async body.
    public func run(
        corpus: [[UInt8]], tokens: [String], maximumBytes: Int = 4096, _ body: ([UInt8], Int) async throws -> Void
    ) async throws {
        var mutator = Mutator(corpus: corpus, tokens: tokens, maximumBytes: maximumBytes, seed: seed)
        let record = try InputRecord(name: name, capacity: maximumBytes)
        for number in 0..<count {
            let input = mutator.next()
            record.set(input)
            try await body(input, number)
        }
        finish(record)
    }

    private func finish(_ record: InputRecord) {
        record.remove()
        if Self.isLong { print("fuzz: \(name): \(count) inputs of seed \(seed)") }
    }
}

/// The input that is being parsed, in a file that survives the process: its length in 8 bytes, then its bytes.
private final class InputRecord {
    private let file: URL
    private let memory: UnsafeMutableRawBufferPointer

    init(name: String, capacity: Int) throws {
        let folder = TestPaths.repository.appending(path: ".build/fuzz")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        file = folder.appending(path: "\(name).input")
        let size = capacity + 8
        try Data(count: size).write(to: file)
        let descriptor = open(file.path, O_RDWR)
        defer { close(descriptor) }
        guard descriptor >= 0, let start = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0), start != MAP_FAILED else {
            throw CocoaError(.fileWriteUnknown)
        }
        memory = UnsafeMutableRawBufferPointer(start: start, count: size)
    }

    deinit { munmap(memory.baseAddress, memory.count) }

    func set(_ input: [UInt8]) {
        let count = min(input.count, memory.count - 8)
        memory.storeBytes(of: UInt64(count).littleEndian, as: UInt64.self)
        input.withUnsafeBytes {
            UnsafeMutableRawBufferPointer(rebasing: memory[8...]).copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[..<count]))
        }
    }

    func remove() { try? FileManager.default.removeItem(at: file) }
}
