import AsyncHTTPClient
import Embeddings
import Foundation
import JSON

/// A download of a model into a temporary folder, which is moved to its final place after the model has loaded successfully.
struct ModelPull {
    let source: ModelSource
    let models: URL

    /// The files of a sentence-transformers folder to download, and whether each is required.
    private static let files: [(name: String, isRequired: Bool)] = [
        ("config.json", true), ("modules.json", true), ("vocab.txt", true), ("tokenizer.json", false), ("tokenizer_config.json", false),
        ("special_tokens_map.json", false), ("sentence_bert_config.json", false), ("config_sentence_transformers.json", false),
        ("model.safetensors", true),
    ]

    private var folder: URL { models.appending(path: source.name, directoryHint: .isDirectory) }
    /// The temporary folder, kept until the pull is complete so that the next pull can resume.
    private var unfinished: URL { models.appending(path: ".\(source.name).pull", directoryHint: .isDirectory) }

    /// - Returns: the model's folder.
    /// - Throws: an error if the folder already exists, a file cannot be downloaded, or the encoder does not support the model.
    func run() async throws -> URL {
        guard !FileManager.default.fileExists(atPath: folder.path) else {
            throw CommandFailure("\(folder.path) already exists; remove it to download it again")
        }
        try FileManager.default.createDirectory(at: unfinished, withIntermediateDirectories: true)
        for file in Self.files { try await fetch(file.name, isRequired: file.isRequired) }
        for path in try modulePaths() { try await fetch("\(path)/config.json", isRequired: false) }
        _ = try SentenceEncoder(folder: unfinished)
        try FileManager.default.moveItem(at: unfinished, to: folder)
        return folder
    }

    private func fetch(_ name: String, isRequired: Bool) async throws {
        let file = unfinished.appending(path: name)
        if FileManager.default.fileExists(atPath: file.path) { return }
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        var bar = ByteBar(name: name)
        defer { bar.finish() }
        let download = ModelDownload(client: ServerClient.client, url: source.url(of: name), file: file) { bar.show($0, of: $1) }
        guard try await download.run() || !isRequired else {
            throw CommandFailure("\(source.url(of: name)) was not found; is this a sentence-transformers model?")
        }
    }

    /// Returns the folders of the model's other modules, from `modules.json`, such as `1_Pooling`.
    private func modulePaths() throws -> [String] {
        let bytes = Array(try Data(contentsOf: unfinished.appending(path: "modules.json")))
        guard let modules = try? JSONValue(parsing: bytes).arrayValue else { throw CommandFailure("modules.json must be a JSON array") }
        let paths = modules.compactMap { $0["path"]?.stringValue }.filter { !$0.isEmpty }
        for path in paths where !ModelSource.isComponent(path) { throw CommandFailure("modules.json has an invalid folder name") }
        return paths
    }
}

/// A progress display for one file, in megabytes, on standard error if that is a terminal.
private struct ByteBar {
    let name: String
    private let isShown = Console.current.isTerminal
    private var last = ContinuousClock.now

    init(name: String) { self.name = name }

    mutating func show(_ done: Int, of total: Int?) {
        let now = ContinuousClock.now
        guard isShown, now - last > .milliseconds(100) || done == total else { return }
        last = now
        let share = total.map { $0 > 0 ? " \(done * 100 / $0) %" : "" } ?? ""
        _ = Console.current.write(.errors, Array("\r\(name): \(done / 1_000_000) MB\(share)   ".utf8))
    }

    func finish() {
        if isShown { _ = Console.current.write(.errors, Array("\n".utf8)) }
    }
}
