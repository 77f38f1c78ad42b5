extension JSONValue: CustomStringConvertible {
    /// Returns the value as compact UTF-8 JSON: members in their order, no whitespace, doubles in the fewest digits that parse to
    /// the same value, non-finite numbers as `null`.
    public func serialized() -> [UInt8] {
        var output: [UInt8] = []
        write(into: &output)
        return output
    }

    /// Appends the output of `serialized()`.
    public func write(into output: inout [UInt8]) {
        switch self {
        case .null: output.append(contentsOf: "null".utf8)
        case .bool(let value): output.append(contentsOf: (value ? "true" : "false").utf8)
        case .integer(let value): output.append(contentsOf: String(value).utf8)
        case .bigInteger(let value): output.append(contentsOf: value.description.utf8)
        case .number(let value): output.append(contentsOf: (value.isFinite ? value.description : "null").utf8)
        case .string(let value): Self.write(value, into: &output)
        case .array(let elements): Self.write(elements, into: &output)
        case .object(let object): object.write(into: &output)
        }
    }

    /// The output of `serialized()` as text.
    public var description: String { String(decoding: serialized(), as: UTF8.self) }

    private static func write(_ elements: [JSONValue], into output: inout [UInt8]) {
        output.append(UInt8(ascii: "["))
        for (place, element) in elements.enumerated() {
            if place > 0 { output.append(UInt8(ascii: ",")) }
            element.write(into: &output)
        }
        output.append(UInt8(ascii: "]"))
    }

    /// Writes a string in quotes; escapes only what RFC 8259 requires, so non-ASCII characters stay unchanged.
    static func write(_ string: String, into output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        var string = string
        string.withUTF8 { bytes in
            var (start, index) = (0, 0)
            while index < bytes.count {
                // Few bytes of most texts need an escape, so eight bytes are checked at a time.
                if index + 8 <= bytes.count,
                    !mustEscapeAny(UnsafeRawBufferPointer(bytes).loadUnaligned(fromByteOffset: index, as: UInt64.self))
                {
                    index += 8
                    continue
                }
                if mustEscape(bytes[index]) {
                    output.append(contentsOf: bytes[start..<index])
                    writeEscape(of: bytes[index], into: &output)
                    start = index + 1
                }
                index += 1
            }
            output.append(contentsOf: bytes[start...])
        }
        output.append(UInt8(ascii: "\""))
    }

    @inline(__always)
    private static func mustEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    /// Returns whether at least one of eight bytes must be escaped.
    ///
    /// - Source: Sean Eron Anderson, "Bit Twiddling Hacks", "Determine if a word has a byte less than n" and "… equal to n".
    @inline(__always)
    private static func mustEscapeAny(_ eight: UInt64) -> Bool {
        let (ones, tops) = (0x0101_0101_0101_0101 as UInt64, 0x8080_8080_8080_8080 as UInt64)
        let quotes = eight ^ (ones * UInt64(UInt8(ascii: "\"")))
        let backslashes = eight ^ (ones * UInt64(UInt8(ascii: "\\")))
        let controls = (eight &- ones * 0x20) & ~eight
        return (controls | (quotes &- ones) & ~quotes | (backslashes &- ones) & ~backslashes) & tops != 0
    }

    private static func writeEscape(of byte: UInt8, into output: inout [UInt8]) {
        output.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): output.append(byte)
        case 0x08: output.append(UInt8(ascii: "b"))
        case 0x09: output.append(UInt8(ascii: "t"))
        case 0x0A: output.append(UInt8(ascii: "n"))
        case 0x0C: output.append(UInt8(ascii: "f"))
        case 0x0D: output.append(UInt8(ascii: "r"))
        default:
            output.append(contentsOf: "u00".utf8)
            output.append(hexadecimalDigits[Int(byte >> 4)])
            output.append(hexadecimalDigits[Int(byte & 15)])
        }
    }

    private static let hexadecimalDigits = Array("0123456789abcdef".utf8)
}

extension JSONObject: CustomStringConvertible {
    /// Returns the object as `JSONValue.serialized()` does.
    public func serialized() -> [UInt8] { JSONValue.object(self).serialized() }

    public var description: String { JSONValue.object(self).description }

    /// Appends the object as `JSONValue.write(into:)` does.
    public func write(into output: inout [UInt8]) {
        output.append(UInt8(ascii: "{"))
        for (place, member) in enumerated() {
            if place > 0 { output.append(UInt8(ascii: ",")) }
            JSONValue.write(member.key, into: &output)
            output.append(UInt8(ascii: ":"))
            member.value.write(into: &output)
        }
        output.append(UInt8(ascii: "}"))
    }
}
