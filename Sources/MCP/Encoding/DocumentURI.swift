/// The resource URI of a document, `contextd://documents/{id}`: the id is one path segment, percent-encoded as the
/// simple expansion of RFC 6570 does it, everything but the unreserved characters.
package enum DocumentURI {
    package static let prefix = "contextd://documents/"
    package static let template = "contextd://documents/{id}"

    package static func uri(of id: String) -> String {
        var output = Array(prefix.utf8)
        for byte in id.utf8 {
            if isUnreserved(byte) {
                output.append(byte)
            } else {
                output.append(UInt8(ascii: "%"))
                output.append(hexadecimal[Int(byte >> 4)])
                output.append(hexadecimal[Int(byte & 15)])
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// The id in a URI. Scheme and authority are read without regard to case (RFC 3986 §6.2.2.1).
    ///
    /// - Returns: `nil` where it is no document's URI: another scheme or host, a second segment, a query or fragment, a
    ///   broken escape, or bytes that are not UTF-8.
    package static func id(in uri: String) -> String? {
        let bytes = Array(uri.utf8)
        let head = prefix.utf8.count
        guard bytes.count > head, bytes[..<head].map(lowercased) == Array(prefix.utf8) else { return nil }
        var output: [UInt8] = []
        var index = head
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#"): return nil
            case UInt8(ascii: "%"):
                guard index + 2 < bytes.count, let high = digit(bytes[index + 1]), let low = digit(bytes[index + 2])
                else { return nil }
                output.append(high << 4 | low)
                index += 3
            case let byte:
                output.append(byte)
                index += 1
            }
        }
        return String(validating: output, as: UTF8.self)
    }

    private static let hexadecimal = Array("0123456789ABCDEF".utf8)

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte + 32 : byte
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch lowercased(byte) {
        case let byte where byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"): byte - 48
        case let byte where byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "f"): byte - 87
        default: nil
        }
    }
}
