import Failure
import Foundation
import JSON
import Synchronization

struct Note: Sendable {
    static let uriPrefix = "notes://note/"

    let id: Int
    let text: String
    let added: Date

    var uri: String { Self.uriPrefix + String(id) }

    /// The note in the result of a tool.
    var json: JSONObject { ["id": JSONValue(id), "uri": .string(uri), "text": .string(text)] }

    /// JSON Schema of `json`.
    static let schema: JSONObject = [
        "type": "object",
        "properties": ["id": ["type": "integer"], "uri": ["type": "string"], "text": ["type": "string"]],
        "required": ["id", "uri", "text"],
    ]
}

/// The notes. Requests run concurrently, so a lock protects them.
final class Notebook: Sendable {
    static let maximumNotes = 1_000
    static let maximumTextBytes = 4_000

    private let notes = Mutex<[Note]>([])

    /// All notes, by ascending id.
    var all: [Note] { notes.withLock { $0 } }

    /// - Throws: a `Failure`, whose detail the model reads, if there are `maximumNotes` already.
    func add(_ text: String) throws -> Note {
        try notes.withLock { notes in
            guard notes.count < Self.maximumNotes else {
                throw Failure(.conflict, code: "notebook_full", "the notebook is full: it holds at most \(Self.maximumNotes) notes")
            }
            let note = Note(id: notes.count + 1, text: text, added: Date())
            notes.append(note)
            return note
        }
    }

    /// Returns the notes that contain every word of `query`, ignoring case, newest first; none if it has no words.
    func find(_ query: String) -> [Note] {
        let words = query.lowercased().split(whereSeparator: \.isWhitespace)
        guard !words.isEmpty else { return [] }
        return all.reversed().filter { note in
            let text = note.text.lowercased()
            return words.allSatisfy { text.contains($0) }
        }
    }
}
