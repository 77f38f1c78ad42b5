/// A parser of the `Retry-After` header: seconds, or a date in any of the three forms of RFC 9110 §5.6.7.
package enum RetryAfter {
    /// Maximum wait, in seconds; longer waits are clamped to it.
    package static let longestSeconds: Int64 = 366 * 86_400

    /// - Parameter now: seconds since 1970 UTC.
    /// - Returns: the wait, 0 for a date in the past; `nil` if the text is neither seconds nor a date.
    package static func wait(_ text: String, now: Int64) -> Duration? {
        let text = text.trimmingSpaces
        if !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            // A number that does not fit `Int64` is clamped like any other long wait.
            return .seconds(min(Int64(text) ?? longestSeconds, longestSeconds))
        }
        return HTTPDate(text, now: now).map { .seconds(min(max($0.seconds.subtractingClamped(now), 0), longestSeconds)) }
    }
}

/// A point in time, as an HTTP header gives it.
package struct HTTPDate: Equatable {
    /// Seconds since 1970 UTC.
    package let seconds: Int64

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// Parses `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT` or `Sun Nov  6 08:49:37 1994`.
    ///
    /// - Parameter now: seconds since 1970 UTC; determines the century of a two-digit year.
    package init?(_ text: String, now: Int64) {
        let parts = text.split { " ,-".contains($0) }.map(String.init)
        guard text.utf8.count <= 40 else { return nil }
        let fields: (day: String, month: String, year: String, time: String)
        switch parts.count {
        case 6 where parts[5] == "GMT": fields = (parts[1], parts[2], parts[3], parts[4])
        case 5: fields = (parts[2], parts[1], parts[4], parts[3])
        default: return nil
        }
        guard let day = Self.number(fields.day, 1...31), let month = Self.months.firstIndex(of: fields.month),
            var year = Self.number(fields.year, 0...9999)
        else { return nil }
        if fields.year.utf8.count == 2 {
            let thisYear = Self.year(at: now)
            year += thisYear / 100 * 100
            // A year more than 50 years ahead means the latest past year with the same last two digits (RFC 9110 §5.6.7).
            if year > thisYear + 50 { year -= 100 }
        }
        let clock = fields.time.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard clock.count == 3, let hour = Self.number(clock[0], 0...23), let minute = Self.number(clock[1], 0...59),
            let second = Self.number(clock[2], 0...60)
        else { return nil }
        seconds = Self.days(year: year, month: Int64(month) + 1, day: day) * 86_400 + hour * 3600 + minute * 60 + second
    }

    private static func number(_ text: String, _ range: ClosedRange<Int64>) -> Int64? {
        guard (1...4).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int64(text).flatMap { range.contains($0) ? $0 : nil }
    }

    /// Returns the days since 1970-01-01 (Gregorian). Source: Hinnant, "chrono-compatible low-level date algorithms", 2013.
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let y = month <= 2 ? year - 1 : year
        let era = (y >= 0 ? y : y - 399) / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// Returns the approximate year, 0 to 9999; accurate enough to find the century.
    private static func year(at seconds: Int64) -> Int64 { min(max(1970 + seconds / 31_556_952, 0), 9999) }
}

extension Int64 {
    fileprivate func subtractingClamped(_ other: Int64) -> Int64 {
        let (difference, overflowed) = subtractingReportingOverflow(other)
        return overflowed ? (self < other ? .min : .max) : difference
    }
}

extension String {
    fileprivate var trimmingSpaces: String {
        let start = drop { $0 == " " || $0 == "\t" }
        return String(start.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
    }
}
