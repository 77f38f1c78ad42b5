/// What a worker says when it has enclosed itself and waits for a request.
package struct WireGreeting: Equatable {
    package let protections: Protections

    package var bytes: [UInt8] {
        var writer = ByteWriter()
        writer.write(WireFormat.greetingMagic)
        writer.write(WireFormat.version)
        writer.write(UInt16(0))
        writer.write(protections.rawValue)
        writer.write(UInt32(0))
        return writer.bytes
    }

    package init(protections: Protections) { self.protections = protections }

    package init(_ bytes: [UInt8]) throws(WireError) {
        var reader = ByteReader(bytes)
        guard try reader.number(UInt32.self) == WireFormat.greetingMagic, try reader.number(UInt16.self) == WireFormat.version,
            try reader.number(UInt16.self) == 0
        else { throw WireError("the greeting is not of version \(WireFormat.version)") }
        protections = Protections(rawValue: try reader.number(UInt32.self))
        _ = try reader.number(UInt32.self)
        try reader.end()
    }
}
