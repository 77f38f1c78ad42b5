import Extraction

/// The message inside of S/MIME's signed data.
///
/// The content is an octet string, often in several pieces, of a structure in DER or BER. It is found by its object identifier, without
/// reading the rest; the signature is not verified.
///
/// - Source: RFC 5652, sections 5.1 and 5.2.
enum SignedContent {
    /// The identifiers 1.2.840.113549.1.7.2 (signed data) and 1.2.840.113549.1.7.1 (data).
    private static let signedData: [UInt8] = [0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02]
    private static let data: [UInt8] = [0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x01]

    /// Returns `nil` if the structure holds no signed message.
    static func message(_ bytes: [UInt8]) -> [UInt8]? {
        guard let outer = end(of: signedData, in: bytes.prefix(64)), let start = end(of: data, in: bytes[outer...].prefix(4096)) else {
            return nil
        }
        var rest = bytes[start...]
        // [0] EXPLICIT, then the octet string.
        guard rest.popFirst() == 0xA0, length(&rest) != nil, let tag = rest.popFirst(), let size = length(&rest) else { return nil }
        if tag == 0x04, let size { return Array(rest.prefix(size)) }
        guard tag == 0x24 else { return nil }
        var content: [UInt8] = []
        while rest.popFirst() == 0x04, case .some(.some(let size)) = length(&rest), size <= rest.count {
            content += rest.prefix(size)
            rest = rest.dropFirst(size)
        }
        return content.isEmpty ? nil : content
    }

    private static func end(of pattern: [UInt8], in bytes: ArraySlice<UInt8>) -> Int? {
        guard bytes.count >= pattern.count else { return nil }
        return bytes.indices.dropLast(pattern.count - 1).first { bytes[$0...].starts(with: pattern) }.map { $0 + pattern.count }
    }

    /// Reads a length; `.some(nil)` is an indefinite one, and `nil` none at all.
    private static func length(_ rest: inout ArraySlice<UInt8>) -> Int?? {
        guard let first = rest.popFirst() else { return nil }
        if first == 0x80 { return .some(nil) }
        if first < 0x80 { return Int(first) }
        let count = Int(first & 0x7F)
        guard count <= 4, rest.count >= count else { return nil }
        var length = 0
        for _ in 0..<count { length = length << 8 | Int(rest.popFirst() ?? 0) }
        return length
    }
}
