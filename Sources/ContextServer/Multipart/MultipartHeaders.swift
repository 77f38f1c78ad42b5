import ByteText
import Extraction

/// The headers of a part that a form uses.
struct MultipartHeaders {
    let name: String
    let fileName: String?
    let contentType: String?

    /// - Throws: `.malformed` without `Content-Disposition: form-data; name=…`, on text that is not UTF-8, a header
    ///   given twice, a folded line, or a transfer encoding (which RFC 7578 forbids).
    init(_ lines: [ArraySlice<UInt8>]) throws(MultipartError) {
        var fields: [String: String] = [:]
        for line in lines {
            guard let text = String(validating: line, as: UTF8.self), let (name, value) = Self.field(text) else {
                throw MultipartError(.malformed, "a part has a header that is not `name: value` in UTF-8")
            }
            guard fields.updateValue(value, forKey: name) == nil else {
                throw MultipartError(.malformed, "a part has a repeated header")
            }
        }
        if let encoding = fields["content-transfer-encoding"]?.lowercased(),
            !encoding.hasSameBytes(asOneOf: ["7bit", "8bit", "binary"])
        {
            throw MultipartError(.malformed, "a part has a Content-Transfer-Encoding; send the bytes unencoded")
        }
        guard let disposition = fields["content-disposition"].flatMap(HeaderValue.init),
            disposition.value.hasSameBytes(as: "form-data"), let name = disposition.parameters["name"]
        else { throw MultipartError(.malformed, "a part has no `Content-Disposition: form-data` with a name") }
        self.name = name
        fileName = try Self.fileName(disposition.parameters)
        contentType = fields["content-type"]
    }

    private static func field(_ line: String) -> (name: String, value: String)? {
        guard let colon = line.utf8.firstIndex(of: Ascii.colon) else { return nil }
        let name = line[..<colon]
        guard HeaderValue.isToken(name) else { return nil }
        let value = line[line.utf8.index(after: colon)...].utf8.drop(while: Ascii.isBlank)
        var trimmed = Substring(value)
        while let last = trimmed.utf8.last, Ascii.isBlank(last) { trimmed = trimmed.dropLast() }
        return (name.lowercased(), String(trimmed))
    }

    /// Returns the file name; `filename*` takes precedence over `filename`, as it supports any script.
    ///
    /// - Source: RFC 8187, section 3.2.1.
    private static func fileName(_ parameters: [String: String]) throws(MultipartError) -> String? {
        guard let extended = parameters["filename*"] else { return parameters["filename"].map(withoutFolders) }
        let parts = extended.utf8.split(separator: Ascii.apostrophe, maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, Substring(parts[0]).lowercased().hasSameBytes(as: "utf-8"),
            let name = PercentEncoding.text(Substring(parts[2])),
            !name.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F })
        else { throw MultipartError(.malformed, "a part's `filename*` is not percent-encoded UTF-8") }
        return withoutFolders(name)
    }

    /// - Source: RFC 7578, section 4.2: a path in a file name is not to be trusted.
    private static func withoutFolders(_ name: String) -> String {
        let last = name.utf8.lastIndex { $0 == Ascii.slash || $0 == Ascii.backslash }
        return last.map { String(name[name.utf8.index(after: $0)...]) } ?? name
    }
}
