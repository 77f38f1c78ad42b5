import JSON
import Testing

@Suite struct BigIntegerTests {
    /// In ascending order.
    static let ordered = [
        "-123456789012345678901234567891", "-18446744073709551616", "-9223372036854775810", "-9223372036854775809", "9223372036854775808",
        "11679230632388718000", "11679230632388718523", "18446744073709551615", "100000000000000000000", "123456789012345678901234567891",
    ]

    @Test(arguments: ordered) func keepsTheDigits(text: String) throws {
        let value = try JSONValue(parsing: "[\(text)]")
        #expect(value[0] == .bigInteger(BigInteger(text)) && value.description == "[\(text)]")
        #expect(value[0]?.doubleValue == Double(text) && value[0]?.intValue == nil)
        #expect(try JSONValue(parsing: value.serialized()) == value)
    }

    @Test func comparesExactly() throws {
        let values = Self.ordered.map { BigInteger($0) }
        for (i, a) in values.enumerated() {
            for (j, b) in values.enumerated() {
                #expect((a < b) == (i < j) && (a == b) == (i == j), "\(a) \(b)")
                #expect((JSONValue.bigInteger(a) == .bigInteger(b)) == (i == j))
            }
        }
        #expect(Set(values).count == values.count)
    }

    /// The error of a field quotes at most 40 digits.
    @Test func errorsQuoteItShortened() throws {
        let digits = String(repeating: "7", count: 300)
        let fields = try JSONFields(JSONValue(parsing: "{\"limit\":\(digits)}"))
        let error = #expect(throws: JSONFieldError.self) { try fields.int("limit") }
        #expect(error?.reason == "must be an integer, got \(digits.prefix(40))…")
    }
}
