/// The stream between the server and a worker: version 1. Integers are little-endian and unsigned.
///
/// The worker sends a greeting when it has enclosed itself. Then each request has one reply, in order.
///
/// ```
/// greeting   0  u32  magic "CXWH"
///            4  u16  version
///            6  u16  0
///            8  u32  protections that are on (Protections)
///           12  u32  0
///
/// request    0  u32  magic "CXRQ"; the first byte carries the descriptor of the input, a regular file
///            4  u16  version
///            6  u16  0
///            8  u64  number of the request
///           16  u64  size of the body, at most 16 KiB
///    body    0  u64  × 7: ExtractLimits: bytes, text bytes, blocks, depth, nesting, unpacked bytes, parts
///           56  text declared content type, text file name (each may be absent)
///
/// reply      0  u32  magic "CXRP"
///            4  u16  version
///            6  u16  1 document, 2 refusal
///            8  u64  number of the request
///           16  u64  size of the body, at most what the limits of the request allow (`WireReply.maximumBody`)
///           24  u64  FNV-1a of the body, 64 bits, over words of 8 bytes, the last one filled with zeros
///           32  u64  processor time of the document, in microseconds
///
///  document  text title (may be absent), text media type, text text
///            u32  number of blocks, each 20 bytes:
///                 u8 kind (0 heading, 1 paragraph, 2 item, 3 code, 4 row, 5 record, 6 JSON, 7 quote),
///                 u8 level of a heading or delimiter of a record, else 0, u16 1 with a header, else 0,
///                 u32 start, u32 end, u32 start of the header, u32 end of the header (0, 0 without one)
///            u32  number of parts, each:
///                 u8 kind (0 page, 1 sheet, 2 slide, 3 attachment), u8 0, u16 0, u32 number, u32 start, u32 end,
///                 text label (may be absent)
///  refusal   text code, text detail
///
/// text       u32 size, 0xFFFF_FFFF if absent, then as many bytes of UTF-8
/// ```
///
/// Both sides are the same program, so there is one version at a time: another one is an error. The server trusts nothing in a reply: sizes
/// are compared with limits before memory is taken, every number is checked, and `ExtractedDocument.fault` has the last word.
package enum WireFormat {
    package static let version: UInt16 = 1
    package static let greetingMagic: UInt32 = 0x4857_5843
    package static let requestMagic: UInt32 = 0x5152_5843
    package static let replyMagic: UInt32 = 0x5052_5843

    package static let greetingBytes = 16
    package static let requestHeaderBytes = 24
    package static let replyHeaderBytes = 40
    /// Maximum size of a request's body, in bytes.
    package static let maximumRequestBody = 16 << 10
    package static let blockBytes = 20
    package static let partBytes = 20
    package static let absent: UInt32 = .max

    /// Returns the FNV-1a hash of 64-bit words: eight times fewer steps than over bytes.
    package static func checksum(_ bytes: [UInt8]) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        bytes.withUnsafeBytes { buffer in
            let whole = buffer.count & ~7
            var place = 0
            while place < whole {
                let word = UInt64(littleEndian: buffer.loadUnaligned(fromByteOffset: place, as: UInt64.self))
                hash = (hash ^ word) &* 0x100_0000_01B3
                place += 8
            }
            var last: UInt64 = 0
            for (shift, byte) in buffer[whole...].enumerated() { last |= UInt64(byte) << UInt64(8 * shift) }
            if whole < buffer.count { hash = (hash ^ last) &* 0x100_0000_01B3 }
        }
        return hash ^ UInt64(bytes.count)
    }
}

/// A message that does not follow `WireFormat`, with what is wrong in it, without document text.
package struct WireError: Error, Equatable {
    package let reason: String

    package init(_ reason: String) { self.reason = reason }
}
