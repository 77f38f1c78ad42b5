/// A reader of what `ByteWriter` writes, from bytes that anybody may have written.
struct ByteReader {
    private let bytes: [UInt8]
    private var place = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var remaining: Int { bytes.count - place }

    /// - Throws: `WireError` if the bytes end.
    mutating func number<Number: FixedWidthInteger & UnsignedInteger>(_ type: Number.Type) throws(WireError) -> Number {
        let size = Number.bitWidth / 8
        guard remaining >= size else { throw WireError("the message ends in a number") }
        var number: Number = 0
        for offset in 0..<size { number |= Number(truncatingIfNeeded: bytes[place + offset]) << Number(8 * offset) }
        place += size
        return number
    }

    /// Reads a number as an `Int`.
    mutating func count(_ type: UInt64.Type) throws(WireError) -> Int {
        guard let count = Int(exactly: try number(UInt64.self)) else { throw WireError("a number is too large") }
        return count
    }

    /// Reads a text, or `nil` if it is absent.
    ///
    /// - Parameter maximum: its maximum size, in bytes.
    mutating func text(maximum: Int) throws(WireError) -> String? {
        let size = try number(UInt32.self)
        if size == WireFormat.absent { return nil }
        guard size <= maximum, remaining >= size else { throw WireError("a text of \(size) bytes is too long") }
        let range = place..<place + Int(size)
        place = range.upperBound
        guard let text = String(validating: bytes[range], as: UTF8.self) else { throw WireError("a text is not UTF-8") }
        return text
    }

    /// Reads a text that may not be absent.
    mutating func presentText(maximum: Int) throws(WireError) -> String {
        guard let text = try text(maximum: maximum) else { throw WireError("a text is missing") }
        return text
    }

    /// - Throws: `WireError` if bytes are left.
    func end() throws(WireError) {
        guard remaining == 0 else { throw WireError("\(remaining) bytes are left after the message") }
    }
}
