import Glibc

/// Numbers in decimal notation.
enum NumberText {
    /// Returns a number as a cell without a format shows it. Anything that is not a number is returned unchanged.
    static func plain(_ text: String) -> String {
        let utf8 = text.utf8
        // What has few digits and no fraction is shown as it is stored.
        if utf8.count <= 15, utf8.allSatisfy({ $0 &- 0x30 < 10 }) { return text }
        guard let value = Double(text), value.isFinite else { return text }
        return general(value)
    }

    static func general(_ value: Double) -> String {
        if value == value.rounded(), abs(value) < 1e15 { return value == 0 ? "0" : String(Int(value)) }
        return formatted("%.11g", value).replacing("e", with: "E")
    }

    /// - Parameter decimals: the number of digits after the point, clamped to 0 to 30.
    static func fixed(_ value: Double, decimals: Int) -> String { formatted("%.\(min(max(decimals, 0), 30))f", value) }

    private static func formatted(_ format: String, _ value: Double) -> String {
        var buffer = [CChar](repeating: 0, count: 400)
        let count = withVaList([value]) { vsnprintf(&buffer, buffer.count, format, $0) }
        return String(decoding: buffer.prefix(max(0, min(Int(count), buffer.count - 1))).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
