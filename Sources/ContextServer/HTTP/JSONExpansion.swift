import JSON

/// An estimate of the memory that a JSON document takes once it is parsed.
enum JSONExpansion {
    /// Bytes per value: the value itself, and as much again for the spare capacity of a growing array.
    private static let valueBytes = 2 * MemoryLayout<JSONValue>.stride

    /// Returns an upper estimate, from the number of bytes that may begin a value: a comma within a string counts as well.
    static func estimate(_ document: some Collection<UInt8>) -> Int {
        let values = document.withContiguousStorageIfAvailable { bytes in
            var values = 0
            for byte in bytes { values += isStructural(byte) ? 1 : 0 }
            return values
        }
        return document.count + (values ?? document.count { isStructural($0) }) * valueBytes
    }

    @inline(__always)
    private static func isStructural(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ",") || byte == UInt8(ascii: ":") || byte == UInt8(ascii: "[") || byte == UInt8(ascii: "{")
    }
}
