import Extraction

/// A part of a message: its fields, and the range of its body in the message's bytes.
struct MIMEPart {
    let fields: HeaderBlock
    let body: Range<Int>
    let contentType: StructuredField
    let type: String

    /// - Parameter defaultType: the media type of a part that declares none.
    init(_ bytes: [UInt8], _ range: Range<Int>, defaultType: String = "text/plain") {
        fields = HeaderBlock(bytes, range)
        body = min(fields.bodyStart, range.upperBound)..<range.upperBound
        contentType = StructuredField(fields.first("content-type") ?? [])
        // An unknown type without a slash, such as `text`, is that of plain text.
        type = contentType.value.contains("/") ? contentType.value : contentType.value.isEmpty ? defaultType : "text/plain"
    }

    var charset: String? { contentType.parameter("charset") }

    private var disposition: StructuredField { StructuredField(fields.first("content-disposition") ?? []) }

    /// The name of the file, without folders; `nil` if none is given.
    var fileName: String? {
        guard let name = disposition.parameter("filename") ?? contentType.parameter("name") else { return nil }
        let last = name.split { $0 == "/" || $0 == "\\" }.last.map(String.init) ?? ""
        return last.isEmpty ? nil : last
    }

    /// Whether the part is a file of its own: it says so, or it has a name and is not the text of the message.
    var isAttachment: Bool {
        disposition.value == "attachment" || !type.hasPrefix("multipart/") && disposition.value != "inline" && fileName != nil
    }

    /// Whether the part belongs to the page that another part is: a picture or a style sheet.
    var isResource: Bool {
        disposition.value != "attachment" && (fields.first("content-id") != nil || fields.first("content-location") != nil)
            && ["image/", "font/", "text/css", "application/javascript", "text/javascript"].contains { type.hasPrefix($0) }
    }

    /// Returns the decoded bytes of the body.
    func content(_ bytes: [UInt8]) -> [UInt8] {
        let coding = StructuredField(fields.first("content-transfer-encoding") ?? []).value
        return TransferCoding.decode(bytes[body], coding: coding)
    }

    /// Returns the ranges between the boundaries of a multipart. If the last boundary is missing, the last part ends with the multipart.
    ///
    /// - Source: RFC 2046, section 5.1.
    func ranges(_ bytes: [UInt8], maximum: Int) -> [Range<Int>] {
        guard let boundary = contentType.parameter("boundary").map({ Array($0.utf8) }) ?? guessedBoundary(bytes), !boundary.isEmpty else {
            return []
        }
        var ranges: [Range<Int>] = []
        var start: Int?
        var end = body.lowerBound
        for line in MailLines(bytes, body) {
            if let isLast = Self.isBoundary(bytes[line.content], boundary) {
                if let start { ranges.append(start..<max(start, end)) }
                start = isLast ? nil : line.end
                if isLast || ranges.count >= maximum { break }
            }
            // The newline before a boundary belongs to the boundary.
            end = line.content.upperBound
        }
        if let start, ranges.count < maximum { ranges.append(start..<body.upperBound) }
        return ranges
    }

    /// Returns whether the line is the last boundary, or `nil` if it is none.
    private static func isBoundary(_ line: ArraySlice<UInt8>, _ boundary: [UInt8]) -> Bool? {
        guard line.count >= boundary.count + 2, line.starts(with: [Ascii.hyphen, Ascii.hyphen]), line.dropFirst(2).starts(with: boundary)
        else {
            return nil
        }
        var rest = line.dropFirst(2 + boundary.count)
        while let last = rest.last, Ascii.isWhite(last) { rest = rest.dropLast() }
        if rest.isEmpty { return false }
        return rest.elementsEqual([Ascii.hyphen, Ascii.hyphen]) ? true : nil
    }

    /// Returns what follows `--` in the first line that begins so: the boundary of a multipart that does not name it.
    private func guessedBoundary(_ bytes: [UInt8]) -> [UInt8]? {
        for line in MailLines(bytes, body).lazy.prefix(50) where bytes[line.content].starts(with: [Ascii.hyphen, Ascii.hyphen]) {
            return Array(bytes[line.content].dropFirst(2).prefix { !Ascii.isWhite($0) })
        }
        return nil
    }
}
