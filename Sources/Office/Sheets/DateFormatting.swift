/// The showing of dates and times, which sheets count in days.
enum DateFormatting {
    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
    ]
    private static let weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]

    /// - Returns: `nil` if the number is no date, such as a negative one.
    static func text(_ serial: Double, _ tokens: [NumberFormatSection.Token], is1904: Bool) -> String? {
        guard serial >= 0, serial < 2_958_466 else { return nil }
        let precision = tokens.compactMap { if case .fraction(let digits) = $0 { digits } else { nil } }.max() ?? 0
        let unit = [1.0, 10, 100, 1_000][min(precision, 3)]
        let units = Int((serial * 86_400 * unit).rounded())
        let perSecond = Int(unit)
        let (day, inDay) = (units / (86_400 * perSecond), units % (86_400 * perSecond))
        let seconds = inDay / perSecond
        let date = civil(day, is1904: is1904)
        let isHalfDay = tokens.contains { if case .dayHalf = $0 { true } else { false } }
        let hour = seconds / 3_600
        var text = ""
        for token in tokens {
            switch token {
            case .literal(let literal): text += literal
            case .date("y", let count): text += count <= 2 ? padded(date.year % 100, 2) : padded(date.year, 4)
            case .date("m", let count): text += month(date.month, count)
            case .date("d", let count): text += dayText(date.day, weekday: date.weekday, count)
            case .date("h", let count): text += padded(isHalfDay ? (hour + 11) % 12 + 1 : hour, min(count, 2))
            case .date("n", let count): text += padded(seconds / 60 % 60, min(count, 2))
            case .date("s", let count): text += padded(seconds % 60, min(count, 2))
            case .elapsed("h", let count): text += padded(units / perSecond / 3_600, count)
            case .elapsed("m", let count): text += padded(units / perSecond / 60, count)
            case .elapsed(_, let count): text += padded(units / perSecond, count)
            case .fraction(let digits): text += "." + padded(inDay % perSecond, digits)
            case .dayHalf(let short): text += short ? (hour < 12 ? "A" : "P") : (hour < 12 ? "AM" : "PM")
            case .slash: text += "/"
            case .point: text += "."
            case .comma: text += ","
            default: break
            }
        }
        return text.trimmed
    }

    private static func month(_ month: Int, _ count: Int) -> String {
        switch count {
        case 1, 2: padded(month, count)
        case 3: String(months[month - 1].prefix(3))
        case 5: String(months[month - 1].prefix(1))
        default: months[month - 1]
        }
    }

    private static func dayText(_ day: Int, weekday: Int, _ count: Int) -> String {
        switch count {
        case 1, 2: padded(day, count)
        case 3: String(weekdays[weekday].prefix(3))
        default: weekdays[weekday]
        }
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, min(width, 4) - text.utf8.count)) + text
    }

    /// Returns the date of a day number. The calendar of 1900 counts a 29 February 1900, which did not exist.
    static func civil(_ day: Int, is1904: Bool) -> (year: Int, month: Int, day: Int, weekday: Int) {
        // Days since 1970-01-01; 25,569 is that day in the calendar of 1900, and 1,462 the distance of the two calendars.
        let since1970 = (is1904 ? day + 1_462 : day < 60 ? day + 1 : day) - 25_569
        // Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
        let z = since1970 + 719_468
        let era = (z >= 0 ? z : z - 146_096) / 146_097
        let dayOfEra = z - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shifted + 2) / 5 + 1, ((since1970 % 7) + 11) % 7)
    }
}
