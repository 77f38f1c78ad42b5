/// An integer outside `Int64`, kept digit for digit.
///
/// Only the parser creates one, from a number without fraction and exponent that is within the range of a double.
public struct BigInteger: Hashable, Sendable {
    /// The digits without leading zeros, after a minus sign if the integer is negative.
    private let text: String

    /// - Precondition: `text` is a JSON integer outside `Int64`.
    package init(_ text: String) { self.text = text }

    public var isNegative: Bool { text.utf8.first == UInt8(ascii: "-") }

    /// The nearest double.
    public var doubleValue: Double { Double(text) ?? (isNegative ? -.infinity : .infinity) }
}

extension BigInteger: Comparable {
    /// Compares exactly.
    ///
    /// - Complexity: linear in the number of digits.
    public static func < (a: BigInteger, b: BigInteger) -> Bool {
        guard a.isNegative == b.isNegative else { return a.isNegative }
        let (smaller, larger) = a.isNegative ? (b.text.utf8, a.text.utf8) : (a.text.utf8, b.text.utf8)
        guard smaller.count == larger.count else { return smaller.count < larger.count }
        return smaller.lexicographicallyPrecedes(larger)
    }
}

extension BigInteger: CustomStringConvertible {
    public var description: String { text }
}
