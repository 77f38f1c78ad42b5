import Foundation

/// A point in time, in whole milliseconds since 1970 UTC.
public struct Timestamp: Hashable, Sendable, Comparable {
    public let milliseconds: Int64

    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    public static func now() -> Timestamp {
        Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
    }

    /// The time in RFC 3339 format, in UTC, such as `2026-07-28T09:30:00.125Z`.
    public var iso8601: String {
        guard (0..<Self.year10000).contains(milliseconds) else {
            return Date(timeIntervalSince1970: Double(milliseconds) / 1000)
                .formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        }
        return String(unsafeUninitializedCapacity: 24) { bytes in
            // SAFETY: `write` writes 24 bytes, the capacity.
            write(into: bytes)
            return 24
        }
    }

    private static let year10000: Int64 = 253_402_300_800_000

    /// - Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
    private func write(into bytes: UnsafeMutableBufferPointer<UInt8>) {
        let (day, time) = milliseconds.quotientAndRemainder(dividingBy: 86_400_000)
        let shifted = day + 719_468
        let (era, dayOfEra) = shifted.quotientAndRemainder(dividingBy: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let fields: [(value: Int64, digits: Int, end: Unicode.Scalar)] = [
            (year, 4, "-"), (month, 2, "-"), (dayOfYear - (153 * monthFromMarch + 2) / 5 + 1, 2, "T"), (time / 3_600_000, 2, ":"),
            (time / 60_000 % 60, 2, ":"), (time / 1000 % 60, 2, "."), (time % 1000, 3, "Z"),
        ]
        var place = 0
        for field in fields {
            var rest = field.value
            for offset in (0..<field.digits).reversed() {
                bytes[place + offset] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
            }
            bytes[place + field.digits] = UInt8(ascii: field.end)
            place += field.digits + 1
        }
    }

    public static func < (a: Timestamp, b: Timestamp) -> Bool { a.milliseconds < b.milliseconds }
}
