extension Timestamp {
    /// Parses a date (`2026-07-28`: its first moment in UTC) or date and time of RFC 3339 (`2026-07-28T09:30:00.125+02:00`).
    ///
    /// Returns `nil` for any other text and for times before 1970. A leap second becomes the next second; sub-milliseconds are dropped.
    public init?(rfc3339 text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count <= 40, bytes.count >= 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            let year = Self.number(bytes[0..<4]), let month = Self.number(bytes[5..<7]), let day = Self.number(bytes[8..<10]),
            let date = UTCDay(year: year, month: month, day: day)
        else { return nil }
        var moment = date.start.milliseconds
        if bytes.count > 10 {
            guard let time = Self.time(bytes[10...]) else { return nil }
            moment += time
        }
        guard moment >= 0 else { return nil }
        self.init(milliseconds: moment)
    }

    /// Returns the milliseconds of `T09:30:00.125+02:00` since the start of the day in UTC; may be negative.
    private static func time(_ bytes: ArraySlice<UInt8>) -> Int64? {
        let start = bytes.startIndex
        guard bytes.count >= 10, [UInt8(ascii: "T"), UInt8(ascii: "t"), UInt8(ascii: " ")].contains(bytes[start]),
            bytes[start + 3] == UInt8(ascii: ":"), bytes[start + 6] == UInt8(ascii: ":"),
            let hour = number(bytes[start + 1..<start + 3]), let minute = number(bytes[start + 4..<start + 6]),
            let second = number(bytes[start + 7..<start + 9]), hour < 24, minute < 60, second <= 60
        else { return nil }
        var rest = bytes[(start + 9)...]
        var milliseconds: Int64 = 0
        if rest.first == UInt8(ascii: ".") {
            let digits = rest.dropFirst().prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            guard !digits.isEmpty else { return nil }
            rest = rest.dropFirst(1 + digits.count)
            let three = Array(digits.prefix(3)) + Array(repeating: UInt8(ascii: "0"), count: max(0, 3 - digits.count))
            milliseconds = number(three[...]) ?? 0
        }
        guard let offset = offset(rest) else { return nil }
        return ((hour * 60 + minute - offset) * 60 + second) * 1000 + milliseconds
    }

    /// Returns the offset of local time from UTC, in minutes.
    private static func offset(_ bytes: ArraySlice<UInt8>) -> Int64? {
        if bytes.count == 1, bytes.first == UInt8(ascii: "Z") || bytes.first == UInt8(ascii: "z") { return 0 }
        let start = bytes.startIndex
        // An unescaped plus in a query string arrives as a space.
        guard bytes.count == 6, bytes[start + 3] == UInt8(ascii: ":"),
            let hours = number(bytes[start + 1..<start + 3]), let minutes = number(bytes[start + 4..<start + 6]), hours < 24, minutes < 60
        else { return nil }
        switch bytes[start] {
        case UInt8(ascii: "+"), UInt8(ascii: " "): return hours * 60 + minutes
        case UInt8(ascii: "-"): return -(hours * 60 + minutes)
        default: return nil
        }
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
        var value: Int64 = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            value = value * 10 + Int64(digit - UInt8(ascii: "0"))
        }
        return value
    }
}
