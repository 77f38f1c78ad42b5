import ByteText
import Failure
import Hummingbird

extension Request {
    /// Returns the percent-decoded value of the first query parameter of that name; it is empty if there is no `=`.
    ///
    /// - Parameter plusIsSpace: whether `+` means a space, as in HTML forms.
    /// - Throws: `Problem` if its escapes are malformed or not UTF-8.
    func queryValue(_ name: String, plusIsSpace: Bool = false) throws -> String? {
        for pair in (uri.query ?? "").utf8.split(separator: UInt8(ascii: "&")) {
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let key = parts.first, PercentEncoding.bytes(key, plusIsSpace: plusIsSpace)?.elementsEqual(name.utf8) == true else {
                continue
            }
            guard let text = PercentEncoding.text(parts.count > 1 ? Substring(parts[1]) : "", plusIsSpace: plusIsSpace) else {
                throw Failure.invalid("\(name) is not percent-encoded UTF-8", field: name)
            }
            return text
        }
        return nil
    }

    /// Returns a boolean query parameter; false if it is missing.
    func flag(_ name: String) throws -> Bool {
        guard let text = try queryValue(name) else { return false }
        if text.hasSameBytes(asOneOf: ["false", "0"]) { return false }
        if text.hasSameBytes(asOneOf: ["true", "1", ""]) { return true }
        throw Failure.invalid("\(name) must be true or false", field: name)
    }

    /// Returns an integer query parameter; `defaultValue` if it is missing.
    func number(_ name: String, default defaultValue: Int, in range: ClosedRange<Int>) throws -> Int {
        guard let text = try queryValue(name) else { return defaultValue }
        guard let number = Int(text), range.contains(number) else {
            throw Failure.invalid("\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound)", field: name)
        }
        return number
    }
}
