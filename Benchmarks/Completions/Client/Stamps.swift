/// Finds the timestamps that the upstream wrote into the chunks of a stream.
struct Stamps {
    private static let name = Array(#""content":"#.utf8)
    private var place = 0

    /// Returns the complete timestamps that earlier calls did not return.
    mutating func next(in body: [UInt8]) -> [Int64] {
        var found: [Int64] = []
        while let start = ResponseReader.find(Self.name, in: body, from: place) {
            var at = start + Self.name.count
            while at < body.count, body[at] == UInt8(ascii: " ") { at += 1 }
            guard at < body.count else { break }
            var (value, digits) = (Int64(0), 0)
            at += 1
            while at < body.count, (0x30...0x39).contains(body[at]), digits < 18 {
                value = value * 10 + Int64(body[at] - 0x30)
                (at, digits) = (at + 1, digits + 1)
            }
            guard at < body.count else { break }
            if digits > 0 { found.append(value) }
            place = at
        }
        return found
    }
}
