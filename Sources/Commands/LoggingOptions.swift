public import ArgumentParser
import Foundation
public import Logging

/// The options of the log, which goes to standard error with one line per event.
struct LoggingOptions: ParsableArguments {
    enum Format: String, ExpressibleByArgument, CaseIterable { case json, text }

    @Option(help: "Minimum log level: trace, debug, info, notice, warning, error, critical.")
    var logLevel: Logger.Level?

    @Option(help: "Log format: json or text (default: text on a terminal, else json).")
    var logFormat: Format?

    func validate() throws {
        if let level = Console.current.variable("CONTEXTD_LOG_LEVEL"), Logger.Level(rawValue: level) == nil {
            throw ValidationError("CONTEXTD_LOG_LEVEL must be one of trace, debug, info, notice, warning, error, critical")
        }
    }

    /// Returns the command's logger; on the process's console it also sets up logging for the process.
    func start(default level: Logger.Level = .info) -> Logger {
        let format = logFormat ?? (Console.current.isTerminal ? .text : .json)
        let level = logLevel ?? Console.current.variable("CONTEXTD_LOG_LEVEL").flatMap { Logger.Level(rawValue: $0) } ?? level
        let handler: @Sendable (String) -> any LogHandler = { label in
            var handler: any LogHandler =
                format == .json ? JSONLogHandler(label: label) : StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        if Console.current.isProcess { LoggingSystem.bootstrap(handler) }
        return Logger(label: "contextd", factory: handler)
    }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
