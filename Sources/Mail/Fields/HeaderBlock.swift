import Extraction

/// The header fields of a message or of a part, unfolded, and where the body begins.
///
/// - Source: RFC 5322, section 2.2; lines may also end in a single line feed or carriage return.
struct HeaderBlock {
    private(set) var fields: [(name: String, value: [UInt8])] = []
    private(set) var bodyStart: Int

    /// Maximum size of one field, in bytes; the rest of a longer one is dropped.
    private static let maximumField = 65_536

    /// The fields that are read. Others are not kept, so that a file of short fields takes no more memory than another.
    private static let known: Set<String> = [
        "subject", "from", "to", "cc", "date", "content-type", "content-disposition", "content-transfer-encoding", "content-id",
        "content-location",
    ]

    init(_ bytes: [UInt8], _ range: Range<Int>) {
        bodyStart = range.upperBound
        var lines = MailLines(bytes, range)
        var hasField = false
        var isKept = false
        while let line = lines.next() {
            let content = bytes[line.content]
            guard let first = content.first else {
                bodyStart = line.end
                return
            }
            if Ascii.isBlank(first), hasField {
                guard isKept else { continue }
                let room = Self.maximumField - fields[fields.count - 1].value.count
                if room > 0 { fields[fields.count - 1].value += content.prefix(room) }
            } else if let colon = content.firstIndex(of: Ascii.colon), let name = Self.name(content[..<colon]) {
                hasField = true
                isKept = Self.known.contains(name) && !fields.contains { $0.name == name }
                if isKept { fields.append((name, Array(content[(colon + 1)...].prefix(Self.maximumField)))) }
            } else if hasField {
                // Not a field: the empty line before the body is missing.
                bodyStart = line.content.lowerBound
                return
            } else if !content.starts(with: "From ".utf8), !content.starts(with: ">From ".utf8) {
                bodyStart = line.content.lowerBound
                return
            }
        }
    }

    /// Returns the value of the first field of this name, in lower case, without white space at its ends.
    func first(_ name: String) -> [UInt8]? {
        guard let field = fields.first(where: { $0.name == name }) else { return nil }
        var value = field.value.drop(while: Ascii.isWhite)
        while let last = value.last, Ascii.isWhite(last) { value = value.dropLast() }
        return Array(value)
    }

    /// Returns the text of the first field of this name; `nil` if there is none or if it is blank.
    func text(_ name: String) -> String? {
        guard let value = first(name) else { return nil }
        let text = HeaderText.decoded(value)
        return text.isEmpty ? nil : text
    }

    private static func name(_ bytes: ArraySlice<UInt8>) -> String? {
        var bytes = bytes
        while let last = bytes.last, Ascii.isBlank(last) { bytes = bytes.dropLast() }
        guard !bytes.isEmpty, bytes.count <= 100, bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        return String(decoding: bytes.map(Ascii.lowercased), as: UTF8.self)
    }
}

/// The lines of a message, which end in CR LF, LF or CR.
struct MailLines: Sequence, IteratorProtocol {
    struct Line {
        /// The range without the newline.
        let content: Range<Int>
        /// Where the next line begins.
        let end: Int
    }

    private let bytes: [UInt8]
    private var cursor: Int
    private let limit: Int

    init(_ bytes: [UInt8], _ range: Range<Int>) { (self.bytes, cursor, limit) = (bytes, range.lowerBound, range.upperBound) }

    mutating func next() -> Line? {
        guard cursor < limit else { return nil }
        let start = cursor
        var i = start
        while i < limit, bytes[i] != Ascii.newline, bytes[i] != Ascii.carriageReturn { i += 1 }
        let content = start..<i
        if i < limit { i += bytes[i] == Ascii.carriageReturn && i + 1 < limit && bytes[i + 1] == Ascii.newline ? 2 : 1 }
        cursor = i
        return Line(content: content, end: i)
    }
}
