/// Parsing of sizes with units.
enum ByteSize {
    private static let units: [(suffix: String, factor: Int)] = [
        ("kib", 1 << 10), ("mib", 1 << 20), ("gib", 1 << 30), ("tib", 1 << 40), ("kb", 1_000), ("mb", 1_000_000), ("gb", 1_000_000_000),
        ("tb", 1_000_000_000_000), ("b", 1),
    ]

    /// Parses a size: `512MB` is 512,000,000 bytes, `512MiB` is 536,870,912; without a unit, bytes. Returns `nil` if invalid or too large.
    static func bytes(_ text: String) -> Int? {
        let lowercased = text.lowercased()
        let unit = units.first { lowercased.hasSuffix($0.suffix) }
        let number = lowercased.dropLast(unit?.suffix.count ?? 0)
        let digits = number.last == " " ? number.dropLast() : number
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let count = Int(digits) else { return nil }
        let (bytes, overflowed) = count.multipliedReportingOverflow(by: unit?.factor ?? 1)
        return overflowed ? nil : bytes
    }
}
