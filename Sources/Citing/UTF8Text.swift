/// A text that grows scalar by scalar. `String.UnicodeScalarView` copies its whole content for each sequence appended to it.
struct UTF8Text: Sendable {
    private var bytes: [UInt8] = []

    var string: String { String(decoding: bytes, as: UTF8.self) }

    mutating func reserve(_ count: Int) { bytes.reserveCapacity(count) }

    mutating func append(_ scalar: Unicode.Scalar) {
        if scalar.isASCII {
            bytes.append(UInt8(truncatingIfNeeded: scalar.value))
        } else {
            bytes.append(contentsOf: UTF8.encode(scalar) ?? .init())
        }
    }

    mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }
}
