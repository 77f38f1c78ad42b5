import Extraction
import Foundation
import Logging
import Scheduling
import Synchronization
import TestSupport
import Workers

/// The program built next to the tests.
let program: String = {
    let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    return URL(filePath: tests).deletingLastPathComponent().appending(path: "contextd").path
}()

/// A pool whose processes can be told from those of other tests: by their memory limit, which no other pool has.
struct TestPool {
    let pool: ExtractionPool
    let memoryBytes: Int

    private static let last = Atomic(0)

    init(
        _ selfTest: SelfTest? = nil, workers: Int = 1, memory: Int = 256 << 20, timeout: Double = 60, documents: Int = 200,
        program: String = program
    ) {
        var settings = ExtractionSettings()
        (settings.program, settings.workers, settings.documentsPerWorker) = (program, workers, documents)
        (settings.timeoutSeconds, settings.selfTest) = (timeout, selfTest)
        memoryBytes = memory + 4096 * Self.last.add(1, ordering: .relaxed).newValue
        settings.memoryBytes = memoryBytes
        pool = ExtractionPool(settings: settings, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    func read(_ text: String = "<p>text</p>", type: String? = "text/html", for key: String = "a") async throws -> ExtractedDocument {
        try await pool.extract(DocumentToRead(.bytes(Array(text.utf8)), contentType: type, fileName: nil), for: WorkKey(key))
    }

    /// Returns the code of the error with which a document is refused; `nil` if it is read, or for another error.
    func refusal() async -> ExtractError.Code? {
        do {
            _ = try await read()
            return nil
        } catch {
            return (error as? ExtractError)?.code
        }
    }

    /// The numbers of the pool's processes that have not ended.
    var processes: [Int32] { Self.processes(memoryBytes: memoryBytes) }

    static func processes(memoryBytes: Int) -> [Int32] {
        let words = ["--memory", "\(memoryBytes)", "--mapped"].joined(separator: "\0")
        return ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { Int32($0) }.filter { process in
            guard let line = FileManager.default.contents(atPath: "/proc/\(process)/cmdline") else { return false }
            return String(decoding: line, as: UTF8.self).contains(words)
        }
    }

    /// The processes that compute or sleep inside of a self-test: they have used the processor or the descriptor that came with a document.
    func busyProcess(besides known: Set<Int32> = []) async throws -> Int32 {
        var found: Int32?
        try await waitUntil {
            found = processes.first { process in
                guard !known.contains(process), let names = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd")
                else { return false }
                return names.contains { name in
                    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/fd/\(name)"))?.contains("memfd:document")
                        == true
                }
            }
            return found != nil
        }
        return found ?? 0
    }
}
