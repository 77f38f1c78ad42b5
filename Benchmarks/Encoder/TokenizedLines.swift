import Embeddings
import Foundation
import JSON

/// Prints token ids for a comparison with another tokenizer: one line of JSON per input line.
enum TokenizedLines {
    /// For each line of `file`, a JSON string, prints the ids of the whole text with [CLS] and [SEP].
    static func print(_ file: URL, _ tokenizer: WordPieceTokenizer) throws {
        let output = FileHandle.standardOutput
        var lines: [UInt8] = []
        for line in try Data(contentsOf: file).split(separator: UInt8(ascii: "\n")) {
            guard let text = try JSONValue(parsing: [UInt8](line)).stringValue else { throw CocoaError(.fileReadCorruptFile) }
            let ids = tokenizer.encode(text, maxTokens: .max)
            lines.append(contentsOf: "[\(ids.map(String.init).joined(separator: ","))]\n".utf8)
            if lines.count > 1 << 20 {
                try output.write(contentsOf: lines)
                lines.removeAll(keepingCapacity: true)
            }
        }
        try output.write(contentsOf: lines)
    }
}
