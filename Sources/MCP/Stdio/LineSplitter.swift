/// A splitter that cuts a stream of bytes into lines, without their `\n`.
///
/// A line longer than the limit is truncated to its first `maximumBytes + 1` bytes, so that the reader can detect it and
/// memory stays bounded.
public struct MCPLineSplitter: Sendable {
    private let maximumBytes: Int
    private var line: [UInt8] = []

    public init(maximumBytes: Int = MCPLimits().stdioLineBytes) { self.maximumBytes = max(0, maximumBytes) }

    /// Number of bytes buffered for the unfinished line.
    public var unfinishedBytes: Int { line.count }

    /// Adds `bytes` and returns the lines that end in them.
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

    /// Ends the stream and returns its last line if that line has no `\n`.
    public mutating func finish() -> [UInt8]? {
        defer { line = [] }
        return line.isEmpty ? nil : line
    }

    private mutating func append(_ bytes: some Collection<UInt8>) {
        let room = maximumBytes == Int.max ? Int.max : maximumBytes + 1 - line.count
        line.append(contentsOf: bytes.prefix(max(0, room)))
    }
}
