/// A receiver of the events of an XML document.
package protocol XMLHandler: AnyObject {
    /// The elements that the handler knows, by their names as `XMLNamespace` writes them: `w:p`. Tags of others are not reported, but
    /// their content is.
    associatedtype Element: RawRepresentable where Element.RawValue == String

    func start(_ element: Element, _ attributes: XMLAttributes) throws(ExtractError)
    func end(_ element: Element) throws(ExtractError)
    /// - Parameter bytes: UTF-8, valid during the call only. One text may arrive in several calls.
    func text(_ bytes: UnsafeBufferPointer<UInt8>) throws(ExtractError)

    /// Whether the rest of the document is not needed.
    var isDone: Bool { get }
}

extension XMLHandler {
    package var isDone: Bool { false }
}

/// A source of bytes that are read once, in order.
package protocol ByteSource: AnyObject {
    /// Fills the buffer, or the first part of it.
    ///
    /// - Returns: the number of bytes; 0 at the end.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ExtractError) -> Int
}

/// A source of bytes in memory.
package final class MemorySource: ByteSource {
    private let bytes: [UInt8]
    private var offset = 0

    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(ExtractError) -> Int {
        let count = min(buffer.count, bytes.count - offset)
        guard count > 0 else { return 0 }
        buffer.copyBytes(from: bytes[offset..<offset + count])
        offset += count
        return count
    }
}
