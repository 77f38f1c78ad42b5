public import ArgumentParser
public import Embeddings
import Foundation
import JSON

struct Model: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Download, list and check embedding models.", subcommands: [Pull.self, List.self, Check.self])

    struct Pull: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Download a model, or resume an interrupted download.")
        @OptionGroup var place: ModelsOptions
        @Flag(help: "Print JSON.") var json = false
        @Option(help: "Branch, tag or commit on the hub.") var revision = "main"
        @Option(help: "URL of the hub (default: $HF_ENDPOINT, else \(ModelSource.defaultHub)).") var hub: String?
        @Argument(help: "OWNER/NAME on the hub, or the URL of a folder with the same layout.") var source: String

        func run() async throws {
            let hub = hub ?? Console.current.variable("HF_ENDPOINT") ?? ModelSource.defaultHub
            let folder = try await ModelPull(
                source: ModelSource(source, revision: revision, hub: hub.hasSuffix("/") ? String(hub.dropLast()) : hub),
                models: place.folder
            ).run()
            let lines = [folder.path, "use it with --model-dir or CONTEXTD_MODEL_DIR"]
            try Output.print(["folder": .string(folder.path)], asJSON: json, lines)
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the local models.")
        @OptionGroup var place: ModelsOptions
        @Flag(help: "Print JSON.") var json = false

        func run() async throws {
            let names = ((try? FileManager.default.contentsOfDirectory(atPath: place.folder.path)) ?? []).filter { !$0.hasPrefix(".") }
                .sorted()
            var rows: [JSONValue] = []
            for name in names {
                let folder = place.folder.appending(path: name, directoryHint: .isDirectory)
                guard FileManager.default.fileExists(atPath: folder.appending(path: "config.json").path) else { continue }
                rows.append(Self.row(name, folder))
            }
            try Output.print(.array(rows), asJSON: json, rows.map(Self.line))
        }

        private static func line(_ row: JSONValue) -> String {
            let sizes = "\(row["dimension"]?.intValue ?? 0) dimensions, \(row["max_tokens"]?.intValue ?? 0) tokens"
            return "\(row["name"]?.stringValue ?? "")\t\(row["error"]?.stringValue ?? sizes)"
        }

        private static func row(_ name: String, _ folder: URL) -> JSONValue {
            do {
                let encoder = try SentenceEncoder(folder: folder, threads: 1)
                defer { encoder.shutDown() }
                return [
                    "name": .string(name), "folder": .string(folder.path), "dimension": .init(encoder.identity.dimension),
                    "max_tokens": .init(encoder.identity.maxTokens), "tag": .string(encoder.identity.tag),
                ]
            } catch {
                return ["name": .string(name), "folder": .string(folder.path), "error": .string(error.detail)]
            }
        }
    }

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Load a model, embed texts with it, and show its speed.")
        @OptionGroup var model: ModelOptions
        @Flag(help: "Print JSON.") var json = false
        @Option(help: "Precision of the encoder: \(EmbeddingPrecision.allCases.map(\.rawValue).joined(separator: " or ")).")
        var precision = EmbeddingPrecision.standard
        @Argument(help: "The model's folder (default: as for --model-dir).") var folder: String?

        func run() async throws {
            let folder = folder.map { URL(filePath: $0, directoryHint: .isDirectory) } ?? model.folder()
            let report = try await ModelCheck(folder: folder, precision: precision).run()
            if json { return try Output.json(report.json) }
            try Output.line(
                """
                \(report.identity.tag)
                \(report.identity.dimension) dimensions, at most \(report.identity.maxTokens) tokens
                loaded in \(Int(report.loadMilliseconds)) ms; \(Int(report.tokensPerSecond)) tokens/s; \
                a short query in \(report.queryMilliseconds.formatted(.number.precision(.fractionLength(1)))) ms
                """)
        }
    }
}

/// The option that selects the folder of models.
struct ModelsOptions: ParsableArguments {
    @Option(help: "The folder of models (default: $CONTEXTD_MODELS_DIR, else ./models).")
    var modelsDir: String?

    var folder: URL {
        URL(filePath: modelsDir ?? Console.current.variable("CONTEXTD_MODELS_DIR") ?? "./models", directoryHint: .isDirectory)
            .standardizedFileURL
    }
}

extension EmbeddingPrecision: ExpressibleByArgument {}
