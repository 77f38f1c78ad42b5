extension StringProtocol {
    /// Returns whether both have the same UTF-8 bytes. Takes linear time, unlike `==` of strings.
    public func hasSameBytes(as other: some StringProtocol) -> Bool {
        let isSame = utf8.withContiguousStorageIfAvailable { first in
            other.utf8.withContiguousStorageIfAvailable { second in first.count == second.count && first.elementsEqual(second) }
        }
        // A bridged string may have no contiguous UTF-8 bytes.
        return (isSame ?? nil) ?? utf8.elementsEqual(other.utf8)
    }

    /// Returns whether the string is one of `others`, by bytes.
    public func hasSameBytes(asOneOf others: some Sequence<String>) -> Bool { others.contains { hasSameBytes(as: $0) } }

    /// Returns whether the string begins with the bytes of `prefix`.
    public func hasBytePrefix(_ prefix: some StringProtocol) -> Bool { utf8.starts(with: prefix.utf8) }

    /// Returns whether the string precedes `other` in byte order, which is also the order of Unicode scalars.
    public func precedesByBytes(_ other: some StringProtocol) -> Bool { utf8.lexicographicallyPrecedes(other.utf8) }

    /// Feeds the number of UTF-8 bytes, and the bytes, to `hasher`.
    public func hashBytes(into hasher: inout Hasher) {
        let isDone: Void? = utf8.withContiguousStorageIfAvailable { bytes in
            hasher.combine(bytes.count)
            hasher.combine(bytes: UnsafeRawBufferPointer(bytes))
        }
        guard isDone == nil else { return }
        let bytes = Array(utf8)
        hasher.combine(bytes.count)
        bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
    }
}

extension CaseIterable where Self: RawRepresentable, RawValue == String {
    /// Creates the case whose raw value has the bytes of `text`. `init(rawValue:)` compares as `String` does.
    public init?(sameBytesAs text: some StringProtocol) {
        guard let found = Self.allCases.first(where: { text.hasSameBytes(as: $0.rawValue) }) else { return nil }
        self = found
    }
}
