/// The names of the first entries of a ZIP archive, to tell which kind of document it is. Nothing is unpacked.
///
/// - Source: PKWARE APPNOTE 6.3.10, sections 4.3.7 (local header), 4.3.12 (central directory) and 4.3.16 (end of central directory).
struct ZipListing {
    private(set) var names: [String] = []
    /// The content of the first entry if it is called `mimetype` and is stored without compression.
    private(set) var mimetype: String?

    /// Maximum number of entries to look at.
    private static let maximumEntries = 4096
    private static let maximumNameBytes = 512

    init(_ file: FileBytes) {
        mimetype = Self.mimetype(file)
        names = Self.central(file) ?? Self.local(file)
    }

    /// - Parameter named: the format that name or media type indicate. It decides if the entries tell no more than that it may be right.
    /// - Returns: `nil` if the archive is another kind of file.
    func format(named: DocumentFormat?) -> DocumentFormat? {
        if let mimetype { if let format = Self.format(mimetype: mimetype) { return format } }
        for (folder, format) in [("word/", DocumentFormat.docx), ("xl/", .xlsx), ("ppt/", .pptx)] {
            if names.contains(where: { $0.hasPrefix(folder) }) { return format }
        }
        if names.contains("META-INF/container.xml") { return .epub }
        let archives: Set<DocumentFormat> = [.docx, .xlsx, .pptx, .odt, .ods, .odp, .epub]
        if names.isEmpty || names.contains("[Content_Types].xml") || names.contains("content.xml") || names.contains("mimetype") {
            return named.flatMap { archives.contains($0) ? $0 : nil }
        }
        return nil
    }

    private static func format(mimetype: String) -> DocumentFormat? {
        if mimetype.hasPrefix("application/epub+zip") { return .epub }
        let kinds: [(String, DocumentFormat)] = [("text", .odt), ("spreadsheet", .ods), ("presentation", .odp)]
        return kinds.first { mimetype.hasPrefix("application/vnd.oasis.opendocument.\($0.0)") }?.1
    }

    private static func mimetype(_ file: FileBytes) -> String? {
        let header = file.bytes(0..<256)
        let name = Array("mimetype".utf8)
        guard header.count > 38, number(header, 8, 2) == 0, number(header, 26, 2) == name.count, header[30..<38].elementsEqual(name) else {
            return nil
        }
        let start = 38 + (number(header, 28, 2) ?? 0)
        guard start < header.count else { return nil }
        return String(decoding: header[start...].prefix { $0 > 0x20 && $0 < 0x7F }, as: UTF8.self)
    }

    /// Reads the central directory; returns `nil` if there is none, as in a truncated file.
    private static func central(_ file: FileBytes) -> [String]? {
        let tailStart = max(0, file.count - 65_557)
        let tail = file.bytes(tailStart..<file.count)
        guard tail.count >= 22 else { return nil }
        let end = stride(from: tail.count - 22, through: 0, by: -1).first { tail[$0...].starts(with: [0x50, 0x4B, 0x05, 0x06]) }
        guard let end, let size = number(tail, end + 12, 4) else { return nil }
        // Counted from the end, so that bytes before the archive do no harm.
        let last = tailStart + end
        guard size <= last else { return nil }
        let directory = file.bytes(last - size..<min(last, last - size + (4 << 20)))
        var names: [String] = []
        var i = 0
        while names.count < maximumEntries, directory[min(i, directory.count)...].starts(with: [0x50, 0x4B, 0x01, 0x02]),
            let length = number(directory, i + 28, 2), let extra = number(directory, i + 30, 2), let comment = number(directory, i + 32, 2)
        {
            names.append(name(directory, i + 46, length))
            i += 46 + length + extra + comment
        }
        return names.isEmpty ? nil : names
    }

    /// Reads the local headers, as far as each one says where the next begins.
    private static func local(_ file: FileBytes) -> [String] {
        var names: [String] = []
        var i = 0
        while names.count < maximumEntries, i < file.count {
            let header = file.bytes(i..<i + 30 + maximumNameBytes)
            guard header.starts(with: [0x50, 0x4B, 0x03, 0x04]), let flags = number(header, 6, 2), let size = number(header, 18, 4),
                let length = number(header, 26, 2), let extra = number(header, 28, 2)
            else { break }
            names.append(name(header, 30, length))
            // With bit 3 the sizes follow the data.
            guard flags & 8 == 0 || size > 0 else { break }
            i += 30 + length + extra + size
        }
        return names
    }

    private static func name(_ bytes: [UInt8], _ start: Int, _ length: Int) -> String {
        guard start <= bytes.count else { return "" }
        return String(decoding: bytes[start..<min(bytes.count, start + min(length, maximumNameBytes))], as: UTF8.self)
    }

    /// Returns the little-endian number of `count` bytes, at most 4, at `i`.
    private static func number(_ bytes: [UInt8], _ i: Int, _ count: Int) -> Int? {
        guard i >= 0, i + count <= bytes.count else { return nil }
        return (0..<count).reduce(0) { $0 | Int(bytes[i + $1]) << (8 * $1) }
    }
}
