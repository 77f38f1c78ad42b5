import ArgumentParser
import Extraction
import Foundation
import JSON
import Logging
import Scheduling
import Workers

struct Extract: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what is read from files.",
        discussion: """
            Prints each file's text, or with --json one object a line. With --out, writes NAME.txt with the text, unless the file is \
            refused, and NAME.json with outcome, pages, headings, tables and seconds. Exits with 1 if a file is refused.
            """)
    @OptionGroup var common: CommonOptions
    @OptionGroup var settings: ConfigurationOptions
    @OptionGroup var logging: LoggingOptions
    @Option(help: "Folder to write NAME.txt and NAME.json to, instead of standard output.") var out: String?
    @Argument(help: "Files.") var files: [String]

    func validate() throws {
        if files.contains("") { throw ValidationError("a path must not be empty") }
        var seen: [String: String] = [:]
        for file in files where out != nil {
            if let other = seen.updateValue(file, forKey: URL(filePath: file).lastPathComponent) {
                throw ValidationError("\(other) and \(file) would both be written to the same files of \(out ?? "")")
            }
        }
    }

    func run() async throws {
        let settings = ExtractSettings.settings(
            try settings.load(directory: common.directory), maximumDocumentBytes: ExtractLimits().maxBytes)
        let pool = ExtractionPool(settings: settings, logger: logging.start(default: .error))
        let folder = try out.map(ExtractFolder.init)
        var failed = 0
        for await (file, result) in Self.extracts(files, pool, width: settings.workers) {
            do {
                let extract = try result.get()
                if let folder { try folder.write(extract) } else { try print(extract) }
                if case .failure(let error) = extract.result { throw CommandFailure(error.detail) }
            } catch let exit as ExitCode {
                throw exit
            } catch {
                failed += 1
                Console.current.complain("\(file): \(CommandFailure.line(for: error))")
            }
        }
        if failed > 0 { throw ExitCode(1) }
    }

    private func print(_ extract: FileExtract) throws {
        if common.json { return try Output.json(extract.json(withText: true)) }
        guard let document = extract.document else { return }
        if files.count > 1 { try Output.line("==> \(extract.path.escapingControls) <==") }
        try Output.line(document.text)
    }

    private typealias Outcome = (file: String, result: Result<FileExtract, any Error>)

    /// Reads the files, up to `width` at the same time, and yields the outcomes in the files' order.
    private static func extracts(_ files: [String], _ pool: ExtractionPool, width: Int) -> AsyncStream<Outcome> {
        AsyncStream { continuation in
            let task = Task {
                await withTaskGroup(of: (Int, Outcome).self) { group in
                    var (next, ready) = (0, [Int: Outcome]())
                    for (place, file) in files.enumerated() {
                        if place >= width, let (done, outcome) = await group.next() { ready[done] = outcome }
                        while let outcome = ready.removeValue(forKey: next) {
                            continuation.yield(outcome)
                            next += 1
                        }
                        group.addTask { (place, (file, await FileExtract.read(file, pool))) }
                    }
                    for await (done, outcome) in group { ready[done] = outcome }
                    for place in next..<max(next, files.count) { if let outcome = ready[place] { continuation.yield(outcome) } }
                }
                continuation.finish()
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }
}
