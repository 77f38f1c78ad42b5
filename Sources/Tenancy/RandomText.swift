/// Returns `length` random characters of `a-z 0-9`, about 5.17 bits each, from `generator`.
public func randomText(length: Int, using generator: inout some RandomNumberGenerator) -> String {
    let alphabet: StaticString = "abcdefghijklmnopqrstuvwxyz0123456789"
    return String(unsafeUninitializedCapacity: length) { text in
        var (number, left) = (UInt64(0), 0)
        for place in 0..<length {
            // Twelve characters per draw: 36¹² is the largest power of 36 that fits in 64 bits.
            if left == 0 { (number, left) = (UInt64.random(in: 0..<4_738_381_338_321_616_896, using: &generator), 12) }
            text[place] = alphabet.utf8Start[Int(number % 36)]
            (number, left) = (number / 36, left - 1)
        }
        return length
    }
}
