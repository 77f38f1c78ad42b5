import ArgumentParser
import Extraction
import JSON
import Logging
import Readers
import Workers

/// The command that a server starts, with a socket, for each process that reads documents.
struct Worker: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Read documents in a sandbox. Started by other commands; --check shows what the sandbox has on this system.",
        shouldDisplay: false)
    @OptionGroup var common: CommonOptions
    @OptionGroup var settings: ConfigurationOptions
    @OptionGroup var logging: LoggingOptions
    @Flag(help: "Show the protections, and try what they must deny.") var check = false
    @Option(help: .hidden) var memory = 0
    @Option(help: .hidden) var mapped = 0
    @Option(help: .hidden) var processorSeconds = 0
    @Option(help: .hidden) var languages = ""
    @Option(help: .hidden) var pdfium: String?
    @Option(help: .hidden) var selfTest: String?

    func validate() throws {
        if !check && (memory <= 0 || mapped <= 0 || processorSeconds <= 0) {
            throw ValidationError("contextd starts its workers itself; use --check to see what protects them")
        }
        if let selfTest, SelfTest(rawValue: selfTest) == nil {
            throw ValidationError("--self-test must be one of \(SelfTest.allCases.map(\.rawValue).joined(separator: ", "))")
        }
    }

    /// Reads documents until the server ends this process. Call it on the main thread while there is no other, which an asynchronous
    /// command does not promise.
    func serve() -> Never {
        let settings = ChildSettings(
            memoryBytes: memory, mappedBytes: mapped, processorSeconds: processorSeconds,
            libraries: ReaderLibraries(pdfium: pdfium, languages: languages.split(separator: "+").map(String.init)), selfTest: selfTest.flatMap(SelfTest.init))
        WorkerLoop(settings: settings).run()
    }

    func run() async throws {
        let settings = ExtractSettings.settings(
            try settings.load(directory: common.directory), maximumDocumentBytes: ExtractLimits().maxBytes)
        let found = try await SandboxCheck.run(settings, logger: logging.start(default: .critical))
        var (protections, denied, lines) = (JSONObject(), JSONObject(), [String]())
        for (protection, name) in Protections.named {
            let isOn = found.protections.contains(protection)
            protections[name] = .bool(isOn)
            lines.append("\(isOn ? "on " : "OFF")     \(name)")
        }
        for (action, isDenied) in found.attempts {
            denied[action] = .bool(isDenied)
            lines.append("\(isDenied ? "denied " : "ALLOWED") \(action)")
        }
        try Output.print(["protections": .object(protections), "denied": .object(denied)], asJSON: common.json, lines)
        if !found.isWhole { throw ExitCode(1) }
    }
}
