import Extraction

/// The files that a plain body carries between lines `begin 644 name` and `end`, and the text around them.
struct UUEncodedFiles {
    private(set) var text: [UInt8] = []
    private(set) var files: [(name: String, content: [UInt8])] = []

    init(_ utf8: [UInt8]) {
        var file: (name: String, start: Int)?
        var textStart = 0
        for line in Lines(utf8) {
            if let open = file {
                guard utf8[line].elementsEqual("end".utf8) else { continue }
                files.append((open.name, TransferCoding.uuencoded(utf8[open.start..<line.lowerBound])))
                textStart = min(line.upperBound + 1, utf8.count)
                file = nil
            } else if let name = Self.name(utf8[line]), Self.isData(utf8, after: line.upperBound) {
                text += utf8[textStart..<line.lowerBound]
                textStart = line.lowerBound
                file = (name, min(line.upperBound + 1, utf8.count))
            }
        }
        text += utf8[textStart...]
    }

    /// Returns the name in a line `begin 644 name`.
    private static func name(_ line: ArraySlice<UInt8>) -> String? {
        guard line.starts(with: "begin ".utf8) else { return nil }
        let words = line.split(separator: Ascii.space, maxSplits: 2)
        guard words.count == 3, (3...4).contains(words[1].count), words[1].allSatisfy({ (0x30...0x37).contains($0) }) else { return nil }
        return String(decoding: words[2], as: UTF8.self)
    }

    /// Returns whether a full line of data follows: `M` and 60 characters.
    private static func isData(_ utf8: [UInt8], after end: Int) -> Bool {
        let line = utf8[min(end + 1, utf8.count)...].prefix(62)
        guard let first = line.first, first > Ascii.space, first < Ascii.backtick else { return false }
        let count = (Int(first - Ascii.space) + 2) / 3 * 4
        return line.dropFirst().prefix(count).allSatisfy { $0 >= Ascii.space && $0 <= Ascii.backtick }
    }
}
