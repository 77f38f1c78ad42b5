extension JSONParser {
    /// Reads a number. One without fraction and exponent is `.integer`, or `.bigInteger` if it does not fit `Int64`, but `-0` is `.number`,
    /// so that its sign is kept.
    mutating func number(_ input: borrowing Span<UInt8>) throws(JSONError) -> JSONValue {
        let start = position
        let negative = input[position] == UInt8(ascii: "-")
        if negative { position += 1 }
        var digits = DecimalDigits()
        try integerPart(&digits, input)
        var isInteger = true
        if take(UInt8(ascii: "."), input) {
            isInteger = false
            try oneOrMoreDigits(input) { digits.append($0, inFraction: true) }
        }
        if take(UInt8(ascii: "e"), input) || take(UInt8(ascii: "E"), input) {
            isInteger = false
            let down = take(UInt8(ascii: "-"), input)
            if !down { _ = take(UInt8(ascii: "+"), input) }
            var exponent = 0
            try oneOrMoreDigits(input) { exponent = min(exponent * 10 + Int($0), 1_000_000) }
            digits.exponent += down ? -exponent : exponent
        }
        guard position - start <= limits.maximumNumberLength else {
            throw JSONError(.invalidNumber, at: start, "number is longer than \(limits.maximumNumberLength) bytes")
        }
        if isInteger, let value = digits.integer(negative: negative) { return .integer(value) }
        if let value = digits.exactDouble(negative: negative), !isInteger || value == 0 { return .number(value) }
        return try slowNumber(input.extracting(start..<position), isInteger: isInteger, at: start)
    }

    private mutating func integerPart(
        _ digits: inout DecimalDigits, _ input: borrowing Span<UInt8>
    ) throws(JSONError) {
        let first = position
        try oneOrMoreDigits(input) { digits.append($0, inFraction: false) }
        guard position == first + 1 || input[first] != UInt8(ascii: "0") else {
            throw JSONError(.invalidNumber, at: first, "number has a leading zero")
        }
    }

    private mutating func oneOrMoreDigits(
        _ input: borrowing Span<UInt8>, _ body: (UInt8) -> Void
    ) throws(JSONError) {
        guard position < input.count else { throw ended(input) }
        let start = position
        while position < input.count, input[position] >= 0x30, input[position] <= 0x39 {
            body(input[position] - 0x30)
            position += 1
        }
        guard position > start else { throw JSONError(.invalidNumber, at: position, "expected a digit") }
    }

    private mutating func take(_ byte: UInt8, _ input: borrowing Span<UInt8>) -> Bool {
        guard position < input.count, input[position] == byte else { return false }
        position += 1
        return true
    }

    /// Returns the number: an integer digit for digit, any other one correctly rounded at any length. A number out of range is an error,
    /// or `null` to the lenient parser.
    private func slowNumber(_ text: borrowing Span<UInt8>, isInteger: Bool, at offset: Int) throws(JSONError) -> JSONValue {
        var digits = ""
        for index in 0..<text.count { digits.unicodeScalars.append(Unicode.Scalar(text[index])) }
        guard let value = Double(digits) else { throw JSONError(.invalidNumber, at: offset, "invalid number") }
        guard value.isFinite else {
            if isLenient { return .null }
            throw JSONError(.numberOutOfRange, at: offset, "number is out of range for a double")
        }
        return isInteger ? .bigInteger(BigInteger(digits)) : .number(value)
    }
}

/// The digits of a number as they are read: `significand · 10^exponent`, while they fit.
private struct DecimalDigits {
    private var significand: UInt64 = 0
    private var overflowed = false
    var exponent = 0

    mutating func append(_ digit: UInt8, inFraction: Bool) {
        let (scaled, tooLarge) = significand.multipliedReportingOverflow(by: 10)
        let (sum, carried) = scaled.addingReportingOverflow(UInt64(digit))
        if tooLarge || carried { overflowed = true } else { significand = sum }
        if inFraction { exponent -= 1 }
    }

    /// Returns the integer; `nil` outside `Int64`, and for minus zero.
    func integer(negative: Bool) -> Int64? {
        guard !overflowed else { return nil }
        guard negative else { return Int64(exactly: significand) }
        guard significand > 0, significand <= Int64.min.magnitude else { return nil }
        return Int64(truncatingIfNeeded: 0 &- significand)
    }

    /// Returns the double if one correctly rounded operation on two exact operands gives it; otherwise `nil`.
    ///
    /// - Source: Clinger 1990, "How to read floating point numbers accurately", the fast case.
    func exactDouble(negative: Bool) -> Double? {
        guard !overflowed, significand <= 1 << 53, abs(exponent) < Self.powersOfTen.count else { return nil }
        let power = Self.powersOfTen[abs(exponent)]
        let magnitude = exponent < 0 ? Double(significand) / power : Double(significand) * power
        return negative ? -magnitude : magnitude
    }

    /// 10⁰ … 10²², all powers of ten that a double represents exactly.
    private static let powersOfTen: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21,
        1e22,
    ]
}
