package import Extraction

/// A document for a worker to read; its bytes travel as a descriptor beside it.
package struct WireRequest: Equatable {
    package let number: UInt64
    package let contentType: String?
    package let fileName: String?
    package let limits: ExtractLimits

    package var bytes: [UInt8] {
        var body = ByteWriter()
        let numbers = [
            limits.maxBytes, limits.maxTextBytes, limits.maxBlocks, limits.maxDepth, limits.maxNesting, limits.maxUnpackedBytes,
            limits.maxParts,
        ]
        for number in numbers { body.write(UInt64(clamping: number)) }
        // Both come from the client. Beyond this length they name no format.
        body.write(contentType.map { Self.shortened($0) })
        body.write(fileName.map { Self.shortened($0) })
        var header = ByteWriter()
        header.write(WireFormat.requestMagic)
        header.write(WireFormat.version)
        header.write(UInt16(0))
        header.write(number)
        header.write(UInt64(body.bytes.count))
        return header.bytes + body.bytes
    }

    private static let longestText = 4096

    /// Returns the end of the text, where a file name has its extension.
    private static func shortened(_ text: String) -> String {
        text.utf8.count <= longestText ? text : String(decoding: text.utf8.suffix(longestText - 16), as: UTF8.self)
    }

    package struct Header: Equatable {
        package let number: UInt64
        package let bodyBytes: Int

        package init(_ bytes: [UInt8]) throws(WireError) {
            var reader = ByteReader(bytes)
            guard try reader.number(UInt32.self) == WireFormat.requestMagic, try reader.number(UInt16.self) == WireFormat.version,
                try reader.number(UInt16.self) == 0
            else { throw WireError("the request is not of version \(WireFormat.version)") }
            number = try reader.number(UInt64.self)
            bodyBytes = try reader.count(UInt64.self)
            guard bodyBytes <= WireFormat.maximumRequestBody else { throw WireError("the request has \(bodyBytes) bytes") }
        }
    }

    package init(number: UInt64, contentType: String?, fileName: String?, limits: ExtractLimits) {
        (self.number, self.contentType, self.fileName, self.limits) = (number, contentType, fileName, limits)
    }

    package init(_ header: Header, body: [UInt8]) throws(WireError) {
        var reader = ByteReader(body)
        number = header.number
        limits = ExtractLimits(
            maxBytes: try reader.count(UInt64.self), maxTextBytes: try reader.count(UInt64.self), maxBlocks: try reader.count(UInt64.self),
            maxDepth: try reader.count(UInt64.self), maxNesting: try reader.count(UInt64.self),
            maxUnpackedBytes: try reader.count(UInt64.self), maxParts: try reader.count(UInt64.self))
        contentType = try reader.text(maximum: Self.longestText)
        fileName = try reader.text(maximum: Self.longestText)
        try reader.end()
    }
}
