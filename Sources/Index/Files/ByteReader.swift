/// Little-endian numbers out of the head of a file; reading past its end is an error.
struct ByteReader {
    private let head: [UInt8]
    /// Length of the whole file.
    let fileLength: Int

    /// - Parameters:
    ///   - head: the file's first bytes, as many as may be read.
    ///   - fileLength: of the whole file.
    init(_ head: [UInt8], fileLength: Int) { (self.head, self.fileLength) = (head, fileLength) }

    func bytes(_ offset: Int, _ count: Int) throws(SnapshotDefect) -> ArraySlice<UInt8> {
        guard offset >= 0, count >= 0, offset <= head.count - count else { throw .truncated("a header") }
        return head[offset..<offset + count]
    }

    func number<Number: FixedWidthInteger>(_ offset: Int, _ type: Number.Type) throws(SnapshotDefect) -> Number {
        var value: Number = 0
        for byte in try bytes(offset, Number.bitWidth / 8).reversed() {
            value = value << 8 | Number(truncatingIfNeeded: byte)
        }
        return value
    }
}
