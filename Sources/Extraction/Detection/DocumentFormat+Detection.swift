extension DocumentFormat {
    /// The supported media types, for messages and for the `Accept-Post` header.
    public static let supportedMediaTypes =
        ["text/plain", "text/markdown", "text/html", "application/xhtml+xml", "text/csv", "application/json"]
        + allCases.filter { !$0.isText && !$0.isLegacy }.map(\.mediaType.essence)

    static let supportedSummary = supportedMediaTypes.joined(separator: ", ") + ", and source code or logs as plain text"

    /// Detects the format of a file.
    ///
    /// A known signature in the bytes decides alone: a PDF is one whatever its name. A file without a signature is text. For text the
    /// declared type decides, unless it is missing or generic (`application/octet-stream`); then the file extension; then the text itself.
    /// Clients derive the declared type from tables that know no `.ts` but video and no `.org` but Lotus, so a type that the bytes
    /// contradict never prevails over the extension of a text format, or over markup that is plain to see.
    ///
    /// - Parameters:
    ///   - contentType: the `Content-Type` of the file, including parameters.
    ///   - bytes: the whole file.
    /// - Throws: `.unsupportedMediaType`, with a message that lists the supported formats; `.encrypted` for an encrypted Office file;
    ///   `.malformed` if name or type indicate a format whose signature the file lacks.
    public static func detect(contentType: String?, fileName: String?, bytes: [UInt8]) throws(ExtractError) -> DocumentFormat {
        try detect(contentType: contentType, fileName: fileName, file: FileBytes(bytes))
    }

    /// Detects the format of a file, of which only a few kilobytes are read unless it is an archive or a compound file.
    ///
    /// - Throws: as `detect(contentType:fileName:bytes:)`.
    public static func detect(contentType: String?, fileName: String?, file: FileBytes) throws(ExtractError) -> DocumentFormat {
        let declared = DeclaredFormat(contentType)
        let named = fileName.flatMap(FileExtension.init(fileName:))
        let head = file.bytes(0..<TextLook.headBytes)
        if let format = try FileSignature.format(file, head: head, declared: declared.format, named: named?.format) { return format }
        guard isText(head) else {
            // A file that claims to be text is refused by its decoder, which says what is wrong.
            if let format = [declared.format, named?.format].lazy.compactMap({ $0 }).first(where: \.isMarkup) { return format }
            throw refusal(of: declared, named) ?? .unsupported("binary data")
        }
        let content = TextLook(file, head: head)
        if let format = declared.text(named: named?.format, content) { return format }
        if let format = named?.text(content) { return format }
        // Here neither declaration nor name indicates a format of text.
        if let format = content.structure ?? content.tableOrText(named: named?.format ?? declared.format) { return format }
        if let refusal = refusal(of: declared, named) { throw refusal }
        return content.looksDelimited ? .csv : .plainText
    }

    /// Returns why a file without a signature and without the structure of a text format is rejected; `nil` if nothing is known of it.
    private static func refusal(of declared: DeclaredFormat, _ named: FileExtension?) -> ExtractError? {
        if let format = [named?.format, declared.format].lazy.compactMap({ $0 }).first {
            guard !format.isMarkup else { return nil }
            return ExtractError(.malformed, "the file is named or declared as \(format.mediaType.essence), but is not such a file")
        }
        if case .foreign(let essence) = declared {
            return .unsupported(essence.utf8.count <= 100 ? essence : "the declared media type")
        }
        if case .foreign(let name) = named { return .unsupported("a .\(name) file") }
        return nil
    }

    /// Returns whether the first bytes are text: they have no NULs, unless those of UTF-16.
    private static func isText(_ head: [UInt8]) -> Bool {
        let start = Array(head.prefix(4096))
        return !start.contains(0) || EncodingGuess.utf16(start) != nil || EncodingGuess.hasUTF16Mark(start)
    }
}

extension ExtractError {
    package static func unsupported(_ what: String) -> ExtractError {
        ExtractError(.unsupportedMediaType, "\(what) is not supported; supported types: \(DocumentFormat.supportedSummary)")
    }
}
