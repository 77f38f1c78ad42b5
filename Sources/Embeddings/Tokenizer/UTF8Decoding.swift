/// Decoding of UTF-8 that may be invalid, without trapping, and encoding.
enum UTF8Decoding {
    /// Returns the scalar that begins at `position`, and its length in bytes; U+FFFD and 1 if the bytes there are invalid.
    static func scalar(in text: Span<UInt8>, at position: Int) -> (Unicode.Scalar, length: Int) {
        let replacement = (Unicode.Scalar(0xFFFD as UInt16)!, length: 1)
        let first = UInt32(text[position])
        let length: Int
        var value: UInt32
        switch first {
        case 0..<0x80: return (Unicode.Scalar(UInt8(first)), length: 1)
        case 0xC2..<0xE0: (length, value) = (2, first & 0x1F)
        case 0xE0..<0xF0: (length, value) = (3, first & 0x0F)
        case 0xF0..<0xF5: (length, value) = (4, first & 0x07)
        default: return replacement
        }
        guard text.count - position >= length else { return replacement }
        for i in 1..<length {
            let next = UInt32(text[position + i])
            guard next & 0xC0 == 0x80 else { return replacement }
            value = value << 6 | next & 0x3F
        }
        let smallest: UInt32 = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000
        guard value >= smallest, let scalar = Unicode.Scalar(value) else { return replacement }
        return (scalar, length)
    }

    static func bytes(_ scalar: Unicode.Scalar) -> Unicode.UTF8.EncodedScalar {
        // Every Unicode.Scalar has an encoding: surrogates, which have none, are no scalars.
        UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter
    }
}
