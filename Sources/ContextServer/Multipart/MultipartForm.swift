import ByteText
import Extraction

/// One field or file of an HTML form.
public struct MultipartPart: Sendable, Equatable {
    public let name: String
    /// File name without folders; `nil` if the part is a field.
    public let fileName: String?
    /// Content type as sent, including parameters.
    public let contentType: String?
    /// Content of the part, as a view of the request's body.
    public let body: ArraySlice<UInt8>
}

/// The limits of one form. The HTTP server limits the body's size.
public struct MultipartLimits: Sendable, Hashable {
    public var maxParts: Int
    /// Maximum size of all headers of one part, in bytes.
    public var maxHeaderBytes: Int

    public init(maxParts: Int = 64, maxHeaderBytes: Int = 16 << 10) {
        (self.maxParts, self.maxHeaderBytes) = (maxParts, maxHeaderBytes)
    }
}

/// A parser of `multipart/form-data` bodies.
///
/// - Source: RFC 7578; the syntax of RFC 2046, section 5.1.1. Lines end with CRLF, as all clients send them.
public enum MultipartForm {
    /// - Parameters:
    ///   - body: the whole body.
    ///   - contentType: the request's content type, with its `boundary`.
    /// - Returns: parts in order; names may repeat.
    /// - Complexity: linear in `body`; a boundary has no CR inside, so no byte is compared more than twice.
    public static func parse(
        body: [UInt8], contentType: String, limits: MultipartLimits = MultipartLimits()
    ) throws(MultipartError) -> [MultipartPart] {
        var reader = MultipartReader(body, boundary: try boundary(of: contentType))
        var parts: [MultipartPart] = []
        try reader.skipPreamble()
        while !reader.isAtEnd {
            guard parts.count < limits.maxParts else {
                throw MultipartError(.tooManyParts, "the form has more than \(limits.maxParts) parts")
            }
            let headers = try MultipartHeaders(try reader.headers(maxBytes: limits.maxHeaderBytes))
            parts.append(
                MultipartPart(
                    name: headers.name, fileName: headers.fileName, contentType: headers.contentType,
                    body: try reader.partBody()))
        }
        return parts
    }

    /// Returns the boundary that a content type names.
    static func boundary(of contentType: String) throws(MultipartError) -> [UInt8] {
        guard contentType.utf8.count <= 1000, let header = HeaderValue(contentType),
            header.value.hasSameBytes(as: "multipart/form-data")
        else { throw MultipartError(.notMultipart, "the content type is not multipart/form-data") }
        guard let boundary = header.parameters["boundary"].map({ Array($0.utf8) }) else {
            throw MultipartError(.invalidBoundary, "the content type has no boundary")
        }
        guard (1...70).contains(boundary.count), boundary.last != Ascii.space, boundary.allSatisfy(isBoundaryByte)
        else { throw MultipartError(.invalidBoundary, "the boundary must be 1 to 70 characters that RFC 2046 allows") }
        return boundary
    }

    private static func isBoundaryByte(_ byte: UInt8) -> Bool {
        Ascii.isLetter(byte) || Ascii.isDigit(byte) || "'()+_,-./:=? ".utf8.contains(byte)
    }
}
