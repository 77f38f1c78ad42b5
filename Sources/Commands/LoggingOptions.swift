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
        if let level = Environment.value("CONTEXTD_LOG_LEVEL"), Logger.Level(rawValue: level) == nil {
            throw ValidationError("CONTEXTD_LOG_LEVEL must be one of trace, debug, info, notice, warning, error, critical")
        }
    }

    /// Sets up logging for the process and returns its main logger.
    func start(default level: Logger.Level = .info) -> Logger {
        let format = logFormat ?? (isatty(STDERR_FILENO) == 1 ? .text : .json)
        let level = logLevel ?? Environment.value("CONTEXTD_LOG_LEVEL").flatMap { Logger.Level(rawValue: $0) } ?? level
        LoggingSystem.bootstrap { label in
            var handler: any LogHandler =
                format == .json ? JSONLogHandler(label: label) : StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        return Logger(label: "contextd")
    }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
