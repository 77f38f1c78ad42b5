/// Removes each occurrence of a byte string from bytes that arrive in parts.
///
/// A form's boundary is random: two requests with the same form differ in it.
///
/// - Complexity: linear; Knuth, Morris and Pratt 1977.
package struct BoundaryFilter: Sendable {
    private let pattern: [UInt8]
    /// For each length of a matched prefix, the length of the longest shorter prefix that ends it.
    private let fallback: [Int]
    private var matched = 0

    /// - Parameter pattern: not empty.
    package init(_ pattern: [UInt8]) {
        precondition(!pattern.isEmpty, "an empty pattern matches everywhere")
        self.pattern = pattern
        var fallback = [0, 0]
        var length = 0
        for place in pattern.indices.dropFirst() {
            while length > 0, pattern[place] != pattern[length] { length = fallback[length] }
            if pattern[place] == pattern[length] { length += 1 }
            fallback.append(length)
        }
        self.fallback = fallback
    }

    /// Returns the next bytes without the string; the start of a possible occurrence is kept back.
    package mutating func filter(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        for byte in bytes {
            while matched > 0, pattern[matched] != byte {
                let shorter = fallback[matched]
                result += pattern[..<(matched - shorter)]
                matched = shorter
            }
            if pattern[matched] == byte { matched += 1 } else { result.append(byte) }
            if matched == pattern.count { matched = 0 }
        }
        return result
    }

    /// Returns what was kept back.
    package mutating func finish() -> [UInt8] {
        defer { matched = 0 }
        return Array(pattern[..<matched])
    }
}
