/// Times as Windows counts them, in intervals of 100 ns since 1601.
enum FileTime {
    private static let secondsTo1970: Int64 = 11_644_473_600

    /// Returns the date and time in UTC, such as `2024-03-01 17:05 UTC`; `nil` for a time outside of the years 1970 to 9999.
    static func text(_ intervals: UInt64) -> String? {
        let seconds = Int64(intervals / 10_000_000) - secondsTo1970
        guard (0..<253_402_300_800).contains(seconds) else { return nil }
        let (year, month, day) = date(days: seconds / 86_400)
        let minute = seconds % 86_400 / 60
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(year)-\(two(month))-\(two(day)) \(two(minute / 60)):\(two(minute % 60)) UTC"
    }

    /// - Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`, for days after 1970.
    private static func date(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}
