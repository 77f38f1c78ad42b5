package import Foundation
package import JSON

/// Finds members of a stored JSON object; skips the others without parsing them.
package enum StoredMetadata {
    /// Returns the members whose keys are in `keys`, compared by bytes.
    ///
    /// - Parameter bytes: an object as the catalog stores it: valid JSON.
    /// - Returns: `nil` if the bytes are not such an object.
    /// - Complexity: linear in `bytes`; only the values of wanted members are parsed.
    package static func members(_ keys: Set<[UInt8]>, of bytes: Data) -> JSONObject? {
        bytes.withUnsafeBytes { buffer in
            var scanner = Scanner(bytes: buffer)
            return scanner.members(keys)
        }
    }

    private struct Scanner {
        let bytes: UnsafeRawBufferPointer
        var place = 0

        mutating func members(_ keys: Set<[UInt8]>) -> JSONObject? {
            var found = JSONObject()
            guard take("{") else { return nil }
            if take("}") { return isAtEnd ? found : nil }
            repeat {
                guard let name = key(), take(":"), let value = skippedValue() else { return nil }
                guard keys.contains(name) else { continue }
                guard let parsed = try? JSONValue(parsing: Array(bytes[value]), limits: .trusted) else { return nil }
                found[String(decoding: name, as: UTF8.self)] = parsed
            } while take(",")
            return take("}") && isAtEnd ? found : nil
        }

        private var isAtEnd: Bool {
            mutating get {
                skipWhite()
                return place == bytes.count
            }
        }

        /// Reads a key and returns its unescaped bytes.
        private mutating func key() -> [UInt8]? {
            skipWhite()
            guard let (range, hasEscapes) = skippedString() else { return nil }
            guard hasEscapes else { return Array(bytes[range.dropFirst().dropLast()]) }
            return (try? JSONValue(parsing: Array(bytes[range]), limits: .trusted))?.stringValue.map { Array($0.utf8) }
        }

        private mutating func skippedValue() -> Range<Int>? {
            skipWhite()
            let start = place
            guard place < bytes.count else { return nil }
            switch bytes[place] {
            case UInt8(ascii: "\""):
                guard skippedString() != nil else { return nil }
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                guard skipContainer() else { return nil }
            default: while place < bytes.count, !Self.endsScalar(bytes[place]) { place += 1 }
            }
            return place > start ? start..<place : nil
        }

        private static func endsScalar(_ byte: UInt8) -> Bool {
            byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") || byte <= 0x20
        }

        private mutating func skipContainer() -> Bool {
            var depth = 0
            while place < bytes.count {
                switch bytes[place] {
                case UInt8(ascii: "\""):
                    guard skippedString() != nil else { return false }
                    continue
                case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
                default: break
                }
                place += 1
                if depth == 0 { return true }
            }
            return false
        }

        /// Skips a string. The returned range includes the quotes.
        private mutating func skippedString() -> (range: Range<Int>, hasEscapes: Bool)? {
            let start = place
            var hasEscapes = false
            guard place < bytes.count, bytes[place] == UInt8(ascii: "\"") else { return nil }
            place += 1
            while place < bytes.count {
                switch bytes[place] {
                case UInt8(ascii: "\""):
                    place += 1
                    return (start..<place, hasEscapes)
                case UInt8(ascii: "\\"):
                    hasEscapes = true
                    place += 2
                default: place += 1
                }
            }
            return nil
        }

        private mutating func take(_ mark: Unicode.Scalar) -> Bool {
            skipWhite()
            guard place < bytes.count, bytes[place] == UInt8(ascii: mark) else { return false }
            place += 1
            return true
        }

        private mutating func skipWhite() {
            while place < bytes.count, bytes[place] == 0x20 || (0x09...0x0D).contains(bytes[place]) { place += 1 }
        }
    }
}
