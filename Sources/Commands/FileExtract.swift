import Extraction
import Foundation
import JSON
import Scheduling
import Workers

/// The result of reading one file.
struct FileExtract: Sendable {
    let path: String
    /// The document, or why there is none.
    let result: Result<ExtractedDocument, ExtractError>
    let seconds: Double

    var document: ExtractedDocument? { try? result.get() }
    var name: String { URL(filePath: path).lastPathComponent }

    /// - Returns: a failure if the file cannot be opened or no worker can be started: not for a file that cannot be read as a document.
    static func read(_ path: String, _ extraction: any DocumentExtracting) async -> Result<FileExtract, any Error> {
        let start = ContinuousClock.now
        do {
            let file = try OpenFile(path: path)
            let document = DocumentToRead(.file(file), contentType: nil, fileName: URL(filePath: path).lastPathComponent)
            let result: Result<ExtractedDocument, ExtractError>
            do {
                result = .success(try await extraction.extract(document, for: .process))
            } catch let error as ExtractError {
                result = .failure(error)
            }
            return .success(FileExtract(path: path, result: result, seconds: (ContinuousClock.now - start) / .seconds(1)))
        } catch let error as POSIXError {
            return .failure(CommandFailure(String(cString: strerror(error.code.rawValue))))
        } catch {
            return .failure(error)
        }
    }

    /// The outcome in one word: `text`, or why there is none.
    private var outcome: String {
        guard case .failure(let error) = result else { return "text" }
        return switch error.code {
        case .unsupportedMediaType, .readerMissing: "unsupported"
        case .encrypted: "encrypted"
        case .noTextLayer, .empty: "no_text_layer"
        case .undecodable, .malformed: "malformed"
        case .tooLarge: "too_large"
        case .timedOut: "timeout"
        case .outOfMemory, .crashed: "crash"
        }
    }

    /// - Parameter withText: whether to add the file's path and its text.
    func json(withText: Bool) -> JSONValue {
        var object = JSONObject()
        if withText { object["file"] = .string(path) }
        object["outcome"] = .string(outcome)
        if case .failure(let error) = result {
            object["code"] = .string(error.code.rawValue)
            object["detail"] = .string(error.detail)
        }
        if let document {
            object["title"] = document.title.map(JSONValue.string)
            object["media_type"] = .string(document.mediaType.essence)
            if withText { object["text"] = .string(document.text) }
            addStructure(of: document, to: &object)
        }
        object["seconds"] = .number((seconds * 10_000).rounded() / 10_000)
        return .object(object)
    }

    private func addStructure(of document: ExtractedDocument, to object: inout JSONObject) {
        let utf8 = Array(document.text.utf8)
        func text(_ range: Range<Int>) -> JSONValue { .string(String(decoding: utf8[range], as: UTF8.self)) }
        for (kind, name) in [(DocumentPart.Kind.page, "pages"), (.slide, "slides"), (.sheet, "sheets"), (.attachment, "attachments")] {
            let parts = document.parts.filter { $0.kind == kind }
            if !parts.isEmpty { object[name] = .array(parts.map { text($0.range) }) }
        }
        let headings = document.blocks.compactMap { block -> JSONValue? in
            guard case .heading(let level) = block.kind else { return nil }
            return ["text": text(block.range), "level": .init(level)]
        }
        object["headings"] = .array(headings)
        object["tables"] = .array(document.tables.map { .array($0.map { .init($0) }) })
    }
}

/// The folder into which `extract --out` writes.
struct ExtractFolder {
    private let url: URL

    /// Creates the folder if needed.
    init(_ path: String) throws {
        url = URL(filePath: path, directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    func write(_ extract: FileExtract) throws {
        let text = url.appending(path: extract.name + ".txt")
        if let document = extract.document {
            try Data(document.text.utf8).write(to: text)
        } else {
            // From an earlier run, which read it.
            try? FileManager.default.removeItem(at: text)
        }
        try Data(extract.json(withText: false).description.utf8).write(to: url.appending(path: extract.name + ".json"))
    }
}
