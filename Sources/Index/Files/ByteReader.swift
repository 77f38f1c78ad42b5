/// A reader of little-endian numbers from the first bytes of a file; reading past these bytes is an error.
struct ByteReader {
    private let head: [UInt8]
    /// Length of the whole file, in bytes.
    let fileLength: Int

    /// - Parameters:
    ///   - head: the file's first bytes, which may be read.
    ///   - fileLength: length of the whole file, in bytes.
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
