import Gzip

/// Compresses in parts, with an output buffer of `space` bytes.
func gzipped(_ bytes: [UInt8], part: Int = .max, space: Int = 4096, pauses: Bool = false) throws -> [UInt8] {
    let deflater = try Deflater()
    var result: [UInt8] = []
    func add(_ part: ArraySlice<UInt8>, _ next: Deflater.Next) {
        var rest = Array(part)
        var output = [UInt8](repeating: 0, count: space)
        while true {
            let (read, written) = rest.withUnsafeBytes { source in
                output.withUnsafeMutableBytes { deflater.encode(source, into: $0, next: next) }
            }
            result += output[..<written]
            rest.removeFirst(read)
            if rest.isEmpty, written < space { return }
        }
    }
    var rest = bytes[...]
    while !rest.isEmpty {
        let piece = rest.prefix(part)
        add(piece, pauses ? .pause : .more)
        rest = rest[piece.endIndex...]
    }
    add([], .end)
    return result
}

/// Decodes in parts, with an output buffer of `space` bytes.
func inflated(_ bytes: [UInt8], _ format: Inflater.Format = .gzip, part: Int = .max, space: Int = 4096) throws -> [UInt8] {
    let inflater = Inflater(format)
    var (result, rest) = ([UInt8](), bytes[...])
    while !rest.isEmpty {
        result += try decoded(Array(rest.prefix(part)), inflater, space: space)
        rest = rest.dropFirst(part)
    }
    try inflater.finish()
    return result
}

private func decoded(_ bytes: [UInt8], _ inflater: Inflater, space: Int) throws -> [UInt8] {
    var (result, rest) = ([UInt8](), bytes)
    var output = [UInt8](repeating: 0, count: space)
    while true {
        let (read, written) = try rest.withUnsafeBytes { source in
            try output.withUnsafeMutableBytes { try inflater.decode(source, into: $0) }
        }
        result += output[..<written]
        rest.removeFirst(read)
        if rest.isEmpty, written < space { return result }
    }
}
