internal import Foundation
internal import JSON

/// The pieces of a WordPiece vocabulary: those that begin a word and those that continue one.
struct Vocabulary: Sendable {
    let initial: PieceTable
    let continuing: PieceTable
    /// One more than the largest id.
    let size: Int
    /// The name of the vocabulary's file, for errors.
    let file: String

    /// Reads `vocab.txt`, one piece per line, numbered from 0; or else `model.vocab` of `tokenizer.json`.
    init(folder: URL, prefix: String, fingerprint: inout ModelFingerprint) throws(EmbeddingError) {
        do throws(EmbeddingError) {
            let bytes = try ModelFile.read("vocab.txt", in: folder)
            fingerprint.add(bytes)
            try self.init(lines: bytes, prefix: prefix)
        } catch {
            guard error.code == .modelMissing, let file = try ModelFile.ifPresent("tokenizer.json", in: folder) else {
                throw error
            }
            fingerprint.add(file.bytes)
            try self.init(file, prefix: prefix)
        }
    }

    init(lines bytes: [UInt8], prefix: String) throws(EmbeddingError) {
        var pieces: [(bytes: ArraySlice<UInt8>, id: Int32)] = []
        var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        for (id, line) in lines.enumerated() {
            pieces.append((line.last == UInt8(ascii: "\r") ? line.dropLast() : line, Int32(id)))
        }
        try self.init(pieces, prefix: prefix, file: "vocab.txt")
    }

    private init(_ file: ModelFile, prefix: String) throws(EmbeddingError) {
        guard let entries = file.value("model", "vocab")?.objectValue else {
            throw .invalid(file.name, "model.vocab", "not an object")
        }
        var pieces: [(bytes: ArraySlice<UInt8>, id: Int32)] = []
        for (piece, value) in entries {
            guard let id = value.intValue.flatMap(Int32.init(exactly:)), id >= 0 else {
                throw .invalid(file.name, "model.vocab", "contains an invalid token id")
            }
            pieces.append((ArraySlice(piece.utf8), id))
        }
        try self.init(pieces, prefix: prefix, file: file.name)
    }

    /// - Note: files are read up to `ModelFile.limit` bytes, so ids and offsets fit 32 bits.
    private init(
        _ pieces: [(bytes: ArraySlice<UInt8>, id: Int32)], prefix: String, file: String
    ) throws(EmbeddingError) {
        guard !pieces.isEmpty else { throw .invalid(file, "vocabulary", "empty") }
        let prefix = Array(prefix.utf8)
        let continues = { (piece: ArraySlice<UInt8>) in !prefix.isEmpty && piece.starts(with: prefix) }
        // Contains all pieces: a word that itself begins with the prefix matches pieces spelled so, as in the reference.
        initial = PieceTable(pieces)
        continuing = PieceTable(
            prefix.isEmpty
                ? pieces : pieces.lazy.filter { continues($0.bytes) }.map { ($0.bytes.dropFirst(prefix.count), $0.id) })
        size = Int(pieces.reduce(0) { max($0, $1.id) }) + 1
        self.file = file
    }

    /// Returns the id of a token by its full spelling.
    func id(_ token: String) throws(EmbeddingError) -> Int32 {
        guard let id = initial.find(Array(token.utf8)) else { throw .invalid(file, token, "not in the vocabulary") }
        return id
    }
}
