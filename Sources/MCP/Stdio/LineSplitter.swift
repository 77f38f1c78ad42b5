/// Cuts a stream of bytes into lines, without their `\n`.
///
/// A line longer than the limit is given as its first `maximumBytes + 1` bytes, so that the reader can tell, and the
/// rest of it is dropped: memory stays bounded whatever arrives.
public struct MCPLineSplitter: Sendable {
    private let maximumBytes: Int
    private var line: [UInt8] = []

    public init(maximumBytes: Int = MCPLimits().stdioLineBytes) { self.maximumBytes = max(0, maximumBytes) }

    /// Bytes of the line that has not ended yet.
    public var unfinishedBytes: Int { line.count }

    /// - Returns: the lines that end in `bytes`.
    public mutating func feed(_ bytes: some Collection<UInt8>) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var rest = bytes[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            append(rest[..<end])
            lines.append(line)
            line = []
            rest = rest[rest.index(after: end)...]
        }
        append(rest)
        return lines
    }

    /// At the end of the stream: the last line, where it has no `\n`.
    public mutating func finish() -> [UInt8]? {
        defer { line = [] }
        return line.isEmpty ? nil : line
    }

    private mutating func append(_ bytes: some Collection<UInt8>) {
        let room = maximumBytes == Int.max ? Int.max : maximumBytes + 1 - line.count
        line.append(contentsOf: bytes.prefix(max(0, room)))
    }
}
