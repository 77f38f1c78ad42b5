import Extraction

/// A reader that splits a multipart body at its delimiters.
struct MultipartReader {
    private let body: [UInt8]
    /// CR LF `--` boundary.
    private let delimiter: [UInt8]
    private var i = 0
    /// Whether the closing delimiter has been read; what follows it is ignored.
    private(set) var isAtEnd = false

    init(_ body: [UInt8], boundary: [UInt8]) {
        self.body = body
        delimiter = Array("\r\n--".utf8) + boundary
    }

    /// Moves past the first delimiter, which may start the body.
    mutating func skipPreamble() throws(MultipartError) {
        let first = delimiter.dropFirst(2)
        if body.starts(with: first), let end = endOfDelimiterLine(first.count) {
            take(end)
        } else {
            _ = try partBody()
        }
    }

    /// Reads the header lines of a part, without the empty line that ends them.
    mutating func headers(maxBytes: Int) throws(MultipartError) -> [ArraySlice<UInt8>] {
        var (lines, start): ([ArraySlice<UInt8>], Int) = ([], i)
        while true {
            var end = start
            while end < body.count, body[end] != Ascii.carriageReturn, end - i <= maxBytes { end += 1 }
            guard end - i <= maxBytes else {
                throw MultipartError(.headersTooLarge, "the headers of a part exceed \(maxBytes) bytes")
            }
            guard end + 1 < body.count else { throw Self.truncated }
            guard body[end + 1] == Ascii.newline else {
                throw MultipartError(.malformed, "a header contains a bare carriage return")
            }
            if end == start {
                // The delimiter after an empty body shares this line break.
                i = end
                if !isDelimiter(at: i) { i = end + 2 }
                return lines
            }
            lines.append(body[start..<end])
            start = end + 2
        }
    }

    /// Reads up to the next delimiter, and moves past it.
    mutating func partBody() throws(MultipartError) -> ArraySlice<UInt8> {
        let start = i
        var at = i
        while let found = body[at...].firstIndex(of: Ascii.carriageReturn) {
            if isDelimiter(at: found), let end = endOfDelimiterLine(found + delimiter.count) {
                take(end)
                return body[start..<found]
            }
            at = found + 1
        }
        throw Self.truncated
    }

    private func isDelimiter(at i: Int) -> Bool { body[i...].starts(with: delimiter) }

    private mutating func take(_ end: (isLast: Bool, next: Int)) { (isAtEnd, i) = end }

    /// Reads what follows a boundary: `--` if it is the last, then blanks and a line break (or, after the last, the end).
    ///
    /// - Returns: `nil` if anything else follows: then it was only text that starts like the boundary.
    private func endOfDelimiterLine(_ start: Int) -> (isLast: Bool, next: Int)? {
        let isLast = body[start...].starts(with: "--".utf8)
        var i = isLast ? start + 2 : start
        while i < body.count, Ascii.isBlank(body[i]) { i += 1 }
        if isLast, i == body.count { return (true, i) }
        return body[i...].starts(with: "\r\n".utf8) ? (isLast, i + 2) : nil
    }

    private static let truncated = MultipartError(.truncated, "the body ends before its closing boundary")
}
