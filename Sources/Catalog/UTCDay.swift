/// A day of the Gregorian calendar in UTC.
public struct UTCDay: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Number of days since 1970-01-01.
    public let number: Int64

    private static let milliseconds: Int64 = 86_400_000

    public init(number: Int64) { self.number = number }

    public init(containing moment: Timestamp) {
        let (days, rest) = moment.milliseconds.quotientAndRemainder(dividingBy: Self.milliseconds)
        number = rest < 0 ? days - 1 : days
    }

    /// Returns `nil` if there is no such day. Accepts the years 1970 to 9999.
    public init?(year: Int64, month: Int64, day: Int64) {
        guard (1970...9999).contains(year), (1...12).contains(month), (1...31).contains(day) else { return nil }
        self.init(civil: year, month, day)
        guard civil == (year, month, day) else { return nil }
    }

    /// The first moment of the day.
    public var start: Timestamp { Timestamp(milliseconds: number * Self.milliseconds) }

    public var next: UTCDay { UTCDay(number: number + 1) }

    /// The first day of the day's month.
    public var monthStart: UTCDay { UTCDay(civil: civil.year, civil.month, 1) }

    /// The first day of the next month.
    public var nextMonthStart: UTCDay {
        civil.month == 12 ? UTCDay(civil: civil.year + 1, 1, 1) : UTCDay(civil: civil.year, civil.month + 1, 1)
    }

    /// The day in the format `2026-07-28`.
    public var description: String {
        let (year, month, day) = civil
        return "\(year)-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)"
    }

    public static func < (a: UTCDay, b: UTCDay) -> Bool { a.number < b.number }

    // Eras of 400 years (146,097 days) that begin on March 1, so that a leap day is the last day of its year.
    // Source: Howard Hinnant, "chrono-compatible low-level date algorithms", days_from_civil and civil_from_days.
    private static let daysBeforeEpoch: Int64 = 719_468

    private init(civil year: Int64, _ month: Int64, _ day: Int64) {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        number = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - Self.daysBeforeEpoch
    }

    private var civil: (year: Int64, month: Int64, day: Int64) {
        let days = number + Self.daysBeforeEpoch
        let era = (days >= 0 ? days : days - 146_096) / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }
}
