/// Named ASCII bytes and byte classes for the scanners.
package enum Ascii {
    package static let tab: UInt8 = 0x09
    package static let newline: UInt8 = 0x0A
    package static let carriageReturn: UInt8 = 0x0D
    package static let escape: UInt8 = 0x1B
    package static let space: UInt8 = 0x20
    package static let bang = UInt8(ascii: "!")
    package static let quote = UInt8(ascii: "\"")
    package static let hash = UInt8(ascii: "#")
    package static let ampersand = UInt8(ascii: "&")
    package static let apostrophe = UInt8(ascii: "'")
    package static let asterisk = UInt8(ascii: "*")
    package static let plus = UInt8(ascii: "+")
    package static let hyphen = UInt8(ascii: "-")
    package static let period = UInt8(ascii: ".")
    package static let slash = UInt8(ascii: "/")
    package static let colon = UInt8(ascii: ":")
    package static let semicolon = UInt8(ascii: ";")
    package static let less = UInt8(ascii: "<")
    package static let equals = UInt8(ascii: "=")
    package static let greater = UInt8(ascii: ">")
    package static let question = UInt8(ascii: "?")
    package static let backslash = UInt8(ascii: "\\")
    package static let underscore = UInt8(ascii: "_")
    package static let backtick = UInt8(ascii: "`")
    package static let pipe = UInt8(ascii: "|")
    package static let tilde = UInt8(ascii: "~")

    package static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }
    package static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 }
    package static func isUppercase(_ byte: UInt8) -> Bool { byte &- 0x41 < 26 }
    package static func lowercased(_ byte: UInt8) -> UInt8 { isUppercase(byte) ? byte | 0x20 : byte }

    /// Returns whether the byte is a space or a tab.
    package static func isBlank(_ byte: UInt8) -> Bool { byte == space || byte == tab }

    /// Returns whether the byte is a space, tab, newline, vertical tab, form feed or carriage return.
    package static func isWhite(_ byte: UInt8) -> Bool { byte == space || byte &- tab < 5 }
}
