import Extraction
import Foundation
import Logging
import Readers
import Scheduling
import Telemetry
import TestSupport
import Testing
import Workers

/// Worker processes as the server uses them. One after another: each test starts processes.
@Suite(.serialized) struct ExtractionPoolTests {
    static let isRoot = geteuid() == 0

    @Test func readsWhatTheExtractorReads() async throws {
        let pool = TestPool(workers: 2)
        var random = SplitMix64(seed: 4)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<40 {
                let rows = Int.random(in: 1...200, using: &random)
                let html = "<title>t\(number)</title><h1>é \(number)</h1>" + (0..<rows).map { "<p>row \($0)</p>" }.joined()
                group.addTask {
                    let document = try await pool.read(html, for: number % 3 == 0 ? "a" : "b")
                    #expect(document == (try Extractor.extract(Array(html.utf8), format: .html)), "document \(number)")
                }
            }
            try await group.waitForAll()
        }
        #expect(pool.pool.meter.documents.current[.read] == 40)
    }

    @Test func refusalsArriveAsTheyAre() async throws {
        let pool = TestPool()
        for (text, type) in [("%PDF-1.7", nil), ("<p> </p>", "text/html"), ("\0\0\0", "text/html")] as [(String, String?)] {
            let here = await code { try DocumentReaderHere.read(text, type) }
            let there = await code { try await pool.read(text, type: type) }
            #expect(here != nil && here == there, "\(text)")
        }
        #expect(pool.pool.meter.documents.current[.refused] == 3)
    }

    private func code(_ body: () async throws -> ExtractedDocument) async -> ExtractError? {
        do {
            _ = try await body()
            return nil
        } catch { return error as? ExtractError }
    }

    @Test func aFileOfTheDiskIsReadThroughItsDescriptor() async throws {
        let file = try TestPaths.scratch().appending(path: "a.html")
        try Data("<h1>From disk</h1>".utf8).write(to: file)
        let document = DocumentToRead(.file(try OpenFile(path: file.path)), contentType: nil, fileName: "a.html")
        #expect(try await TestPool().pool.extract(document, for: .process).text == "From disk")
        #expect(throws: POSIXError.self) { try OpenFile(path: file.path + ".none") }
        #expect(throws: POSIXError.self) { try OpenFile(path: file.deletingLastPathComponent().path) }
    }

    // MARK: What documents may do to a worker

    @Test(arguments: [SelfTest.hang, .sleep]) func aDocumentThatTakesTooLongIsStopped(test: SelfTest) async throws {
        let pool = TestPool(test, timeout: 0.2)
        #expect(await pool.refusal() == .timedOut)
        #expect(pool.pool.meter.documents.current[.timedOut] == 1)
    }

    @Test func aMemoryBombIsStopped() async { #expect(await TestPool(.allocate).refusal() == .outOfMemory) }

    @Test(arguments: [SelfTest.crash, .recurse]) func aCrashIsTriedAgainAndReported(test: SelfTest) async {
        let pool = TestPool(test)
        #expect(await pool.refusal() == .crashed)
        #expect(pool.pool.meter.starts.current["worker", default: 0] >= 3)
    }

    @Test(arguments: [SelfTest.lie, .babble]) func aLyingWorkerIsAnError(test: SelfTest) async {
        let pool = TestPool(test)
        #expect(await pool.refusal() == .crashed)
        #expect(await pool.refusal() == .crashed)
    }

    @Test func theSandboxDeniesWhatItMust() async throws {
        var settings = ExtractionSettings()
        settings.program = program
        let check = try await SandboxCheck.run(settings, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        #expect(check.attempts.count == 6)
        for (action, isDenied) in check.attempts { #expect(isDenied, "\(action)") }
        // Namespaces and Landlock depend on the kernel and the container.
        #expect(check.protections.isSuperset(of: [.limits, .noNewPrivileges, .noCapabilities, .systemCallFilter]))
    }

    // MARK: What happens to workers

    @Test func aKilledWorkerCostsNoDocument() async throws {
        let pool = TestPool()
        _ = try await pool.read()
        for process in pool.processes { kill(process, SIGKILL) }
        #expect(try await pool.read("<p>after</p>").text == "after")
    }

    @Test(.enabled(if: isRoot, "another user's processes show their descriptors to root only"))
    func aDocumentWhoseWorkersAreKilledFailsAfterThreeAttempts() async throws {
        let pool = TestPool(.sleep)
        async let refusal = pool.refusal()
        var killed: Set<Int32> = []
        for _ in 0..<3 {
            let process = try await pool.busyProcess(besides: killed)
            kill(process, SIGKILL)
            killed.insert(process)
        }
        #expect(await refusal == .crashed)
    }

    @Test(.enabled(if: isRoot, "another user's processes show their descriptors to root only"))
    func aCancelledDocumentEndsItsWorker() async throws {
        let pool = TestPool(.hang)
        let task = Task { try await pool.read() }
        let process = try await pool.busyProcess()
        let waiting = Task { try await pool.read() }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        #expect(pool.processes.contains(process))
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        try await waitUntil { !pool.processes.contains(process) }
    }

    @Test func workersAreReplaced() async throws {
        let pool = TestPool(documents: 3)
        for _ in 0..<12 { _ = try await pool.read() }
        #expect(pool.pool.meter.starts.current["worker", default: 0] >= 4)
    }

    /// `WorkerProcess.read` stops the process if a worker would read the documents of two clients.
    @Test func clientsShareNoWorker() async throws {
        let pool = TestPool(workers: 2)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<24 {
                group.addTask {
                    let text = "of \(number % 4)"
                    let document = try await pool.read("<p>\(text)</p>", for: "client \(number % 4)")
                    #expect(document.text == text)
                }
            }
            try await group.waitForAll()
        }
        #expect(pool.pool.meter.starts.current["worker", default: 0] >= 4)
    }

    @Test func processesEndWithTheirPool() async throws {
        var pool: TestPool? = TestPool(workers: 2)
        _ = try await pool?.read()
        let copy = try #require(pool?.memoryBytes)
        #expect(pool?.processes.isEmpty == false)
        pool = nil
        try await waitUntil { TestPool.processes(memoryBytes: copy).isEmpty }
    }

    @Test func descriptorsDoNotLeak() async throws {
        func descriptors() -> Int { (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0 }
        let pool = TestPool(documents: 2)
        _ = try await pool.read()
        let before = descriptors()
        for number in 0..<200 { _ = try await pool.read(for: number % 50 == 0 ? "b" : "a") }
        // Other tests open descriptors too, but close them.
        try await waitUntil { descriptors() < before + 100 }
    }

    @Test(.enabled(if: isRoot, "another user's processes show what they have to root only"))
    func aWorkerHasNothingOfTheServers() async throws {
        let pool = TestPool(.sleep)
        let task = Task { try await pool.read() }
        let process = try await pool.busyProcess()
        let files = FileManager.default
        let environment = String(decoding: files.contents(atPath: "/proc/\(process)/environ") ?? Data(), as: UTF8.self)
        let names = environment.split(separator: "\0").map { String($0.prefix { $0 != "=" }) }
        let allowed: Set = ["OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "OMP_THREAD_LIMIT", "LC_ALL", "LD_LIBRARY_PATH"]
        #expect(allowed.isSuperset(of: names) && !names.isEmpty)
        let descriptors = try files.contentsOfDirectory(atPath: "/proc/\(process)/fd").map {
            (try? files.destinationOfSymbolicLink(atPath: "/proc/\(process)/fd/\($0)")) ?? ""
        }
        let other = descriptors.filter { $0 != "/dev/null" && !$0.hasPrefix("anon_inode:") && !$0.contains("memfd:document") }
        #expect(other.count == 1 && other[0].hasPrefix("socket:"), "\(descriptors)")
        let maps = String(decoding: files.contents(atPath: "/proc/\(process)/maps") ?? Data(), as: UTF8.self)
        #expect(!maps.contains(".sqlite"))
        let status = String(decoding: files.contents(atPath: "/proc/\(process)/status") ?? Data(), as: UTF8.self)
        #expect(status.contains("Seccomp:\t2") && status.contains("NoNewPrivs:\t1") && status.contains("CapEff:\t0000000000000000"))
        #expect(status.contains("Threads:\t1\n"))
        task.cancel()
        _ = await task.result
    }

    @Test(arguments: ["/nonexistent/contextd", "/bin/true"]) func aProgramThatIsNoWorkerIsAnOutage(program: String) async {
        let pool = TestPool(program: program)
        await #expect(throws: WorkerUnavailable.self) { try await pool.read() }
        #expect(pool.pool.meter.documents.current[.unavailable] == 1)
    }

    @Test func timeGrowsWithTheDocument() {
        var settings = ExtractionSettings()
        settings.timeoutSeconds = 8
        #expect(settings.budget(bytes: 10).processorSeconds == 8)
        #expect(settings.budget(bytes: 9_000_000).processorSeconds == 24)
        #expect(settings.budget(bytes: 9_000_000).elapsedSeconds > 24)
    }
}

/// The same reader in the tests' process.
enum DocumentReaderHere {
    static func read(_ text: String, _ type: String?) throws -> ExtractedDocument {
        try DocumentReader.read(FileBytes(Array(text.utf8)), contentType: type, ReadingContext(limits: ExtractLimits()))
    }
}
