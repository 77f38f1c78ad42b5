package import Extraction

/// A worker's answer: the document, or the reason why there is none.
package struct WireReply: Equatable {
    package enum Content: Equatable {
        case document(ExtractedDocument)
        case refusal(ExtractError)
    }

    package let number: UInt64
    package let content: Content
    /// The processor time of the document, as the worker says.
    package let processorMicroseconds: UInt64

    package struct Header: Equatable {
        package let isDocument: Bool
        package let number: UInt64
        package let bodyBytes: Int
        package let checksum: UInt64
        package let processorMicroseconds: UInt64

        package init(_ bytes: [UInt8]) throws(WireError) {
            var reader = ByteReader(bytes)
            guard try reader.number(UInt32.self) == WireFormat.replyMagic, try reader.number(UInt16.self) == WireFormat.version else {
                throw WireError("the reply is not of version \(WireFormat.version)")
            }
            let kind = try reader.number(UInt16.self)
            guard kind == 1 || kind == 2 else { throw WireError("the reply is of kind \(kind)") }
            isDocument = kind == 1
            number = try reader.number(UInt64.self)
            bodyBytes = try reader.count(UInt64.self)
            checksum = try reader.number(UInt64.self)
            processorMicroseconds = try reader.number(UInt64.self)
            try reader.end()
        }
    }

    /// Returns the maximum size of a reply's body within the limits, in bytes.
    package static func maximumBody(_ limits: ExtractLimits) -> Int {
        let blocks = limits.maxBlocks.multipliedReportingOverflow(by: WireFormat.blockBytes)
        let parts = limits.maxParts.multipliedReportingOverflow(by: WireFormat.partBytes + longestLabel)
        let sums = [blocks.partialValue, parts.partialValue, 64 << 10].reduce((limits.maxTextBytes, blocks.overflow || parts.overflow)) {
            let (sum, overflows) = $0.0.addingReportingOverflow($1)
            return (sum, $0.1 || overflows)
        }
        return sums.1 ? .max : sums.0
    }

    /// The longest texts of a document, in bytes: 4 for a scalar.
    package static let longestLabel = 4 * 200
    package static let longestTitle = 4 * 300
    package static let longestDetail = 4096

    package var bytes: [UInt8] {
        var body = ByteWriter()
        switch content {
        case .document(let document): body.write(document)
        case .refusal(let error):
            body.write(error.code.rawValue)
            body.write(String(decoding: error.detail.utf8.prefix(Self.longestDetail - 8), as: UTF8.self))
        }
        var header = ByteWriter()
        header.reserve(WireFormat.replyHeaderBytes + body.bytes.count)
        header.write(WireFormat.replyMagic)
        header.write(WireFormat.version)
        if case .document = content { header.write(UInt16(1)) } else { header.write(UInt16(2)) }
        header.write(number)
        header.write(UInt64(body.bytes.count))
        header.write(WireFormat.checksum(body.bytes))
        header.write(processorMicroseconds)
        header.append(body.bytes)
        return header.bytes
    }

    package init(number: UInt64, content: Content, processorMicroseconds: UInt64) {
        (self.number, self.content, self.processorMicroseconds) = (number, content, processorMicroseconds)
    }

    /// - Throws: `WireError` if the body is no document within the limits and no refusal.
    package init(_ header: Header, body: [UInt8], limits: ExtractLimits) throws(WireError) {
        guard body.count == header.bodyBytes, WireFormat.checksum(body) == header.checksum else {
            throw WireError("the reply's checksum is wrong")
        }
        (number, processorMicroseconds) = (header.number, header.processorMicroseconds)
        var reader = ByteReader(body)
        content = header.isDocument ? .document(try reader.document(limits)) : .refusal(try reader.refusal())
        try reader.end()
        if case .document(let document) = content, let fault = document.fault(limits) { throw WireError(fault) }
    }
}
