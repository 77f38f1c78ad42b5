import Extraction

/// Writes messages into one document.
final class MessageWriter {
    private let context: ReadingContext
    private let attachment: AttachmentReader
    private var builder: DocumentBuilder
    private var title: String?
    private var attachments = 0
    /// Number of bytes that decoded parts may still have.
    private var remainingBytes: Int
    /// Whether a part can be read only with a key.
    private var hasEncrypted = false
    /// Whether anything other than header fields was read.
    private var hasContent = false

    /// Maximum nesting of multiparts in one message.
    private static let maximumDepth = 16
    private static let maximumParts = 10_000

    init(_ context: ReadingContext, _ attachment: @escaping AttachmentReader) {
        (self.context, self.attachment) = (context, attachment)
        builder = DocumentBuilder(limits: context.limits)
        remainingBytes = context.limits.maxUnpackedBytes
    }

    var isFull: Bool { builder.isFull }

    /// - Throws: `.encrypted` if only header fields could be read of an encrypted message, and as `DocumentBuilder.document` does.
    func document(mediaType: MediaType) throws(ExtractError) -> ExtractedDocument {
        if hasEncrypted, !hasContent { throw ExtractError(.encrypted, "the message is encrypted") }
        return try builder.document(title: title, mediaType: mediaType)
    }

    // MARK: Parts of any kind of message

    /// Writes the subject as a heading, and the lines about sender, recipients and date that are not `nil`.
    func header(subject: String?, _ lines: [(name: String, value: String?)]) {
        builder.endPart()
        if let subject {
            builder.heading(subject, level: 1)
            title = title ?? subject
        }
        for line in lines { if let value = line.value, !value.isEmpty { builder.paragraph("\(line.name): \(value)") } }
    }

    func noteEncrypted() { hasEncrypted = true }

    /// Writes a plain body.
    func plain(_ body: BodyText) {
        let text = body.paragraphs.filter { !$0.text.isEmpty }
        if let first = text.first?.text, first.hasPrefix("-----BEGIN PGP MESSAGE-----") {
            hasEncrypted = true
            return
        }
        for paragraph in text where !builder.isFull && !Self.isSignatureArmor(paragraph.text) {
            hasContent = true
            builder.lines(paragraph.text, isQuote: paragraph.isQuote)
        }
    }

    /// Returns whether a paragraph is what PGP writes around a signed text.
    private static func isSignatureArmor(_ text: String) -> Bool {
        text.hasPrefix("-----BEGIN PGP SIGNED MESSAGE-----") || text.hasPrefix("-----BEGIN PGP SIGNATURE-----")
            || text.hasSuffix("-----END PGP SIGNATURE-----")
    }

    /// Writes an HTML body; returns whether it has text.
    ///
    /// - Parameter html: UTF-8.
    func html(_ html: [UInt8]) -> Bool {
        guard let document = try? Extractor.extract(html, format: .html, declaredCharset: "utf-8", limits: context.limits) else {
            return false
        }
        builder.append(document)
        hasContent = true
        return true
    }

    /// Writes an attachment: its name, and its text if it can be read.
    func attach(_ content: [UInt8], name: String?, contentType: String?) {
        attach(name: name) { (context, attachment) throws(ExtractError) in
            var context = context
            context.fileName = name
            context.declaredCharset = contentType.flatMap { MediaType($0)?.charset }
            return try attachment(FileBytes(content), context, contentType)
        }
    }

    /// Writes an attachment that `read` reads.
    func attach(
        name: String?, _ read: (ReadingContext, @escaping AttachmentReader) throws(ExtractError) -> ExtractedDocument
    ) {
        guard attachments < context.limits.maxParts, !builder.isFull else { return }
        attachments += 1
        var document: ExtractedDocument?
        if context.depth < context.limits.maxNesting {
            var inner = context
            inner.depth += 1
            do throws(ExtractError) { document = try read(inner, attachment) } catch { document = nil }
        }
        guard document != nil || name != nil else { return }
        builder.beginPart(.attachment, label: name ?? document?.title)
        // An attached message begins with its subject, which often is its name too.
        if let name, !(document.map { $0.blocks.first?.kind == .heading(level: 1) && $0.title == name } ?? false) {
            builder.heading(name, level: 2)
        }
        if let document {
            builder.append(document)
            hasContent = true
        }
        builder.endPart()
    }

    /// Takes bytes from what may be decoded; returns whether there were enough.
    func take(_ bytes: Int) -> Bool {
        guard bytes <= remainingBytes else { return false }
        remainingBytes -= bytes
        return true
    }

    // MARK: Messages of MIME

    func message(_ bytes: [UInt8]) { message(bytes, 0..<bytes.count) }

    func message(_ bytes: [UInt8], _ range: Range<Int>) {
        let root = MIMEPart(bytes, range)
        header(
            subject: root.fields.text("subject"),
            [
                ("From", root.fields.text("from")), ("To", root.fields.text("to")), ("Cc", root.fields.text("cc")),
                ("Date", root.fields.text("date")),
            ])
        var reading = Reading(bytes: bytes, writer: self)
        reading.part(root, depth: 0)
        reading.readDeferred()
    }

    /// The parts of one message. Attachments are written after the body.
    private struct Reading {
        let bytes: [UInt8]
        let writer: MessageWriter
        private var deferred: [MIMEPart] = []
        private var parts = 0

        init(bytes: [UInt8], writer: MessageWriter) { (self.bytes, self.writer) = (bytes, writer) }

        /// Writes a part of the body; returns whether it has text.
        @discardableResult mutating func part(_ part: MIMEPart, depth: Int) -> Bool {
            parts += 1
            guard parts <= MessageWriter.maximumParts, !writer.isFull, writer.take(part.body.count) else { return false }
            if part.type.hasPrefix("multipart/"), !part.isAttachment { return multipart(part, depth: depth) }
            if part.type == "application/pkcs7-mime" || part.type == "application/x-pkcs7-mime" {
                return opaque(part, depth: depth)
            }
            if part.type.hasPrefix("message/"),
                ["message/rfc822", "message/global", "message/news"].contains(part.type) || part.isAttachment
            {
                deferred.append(part)
                return true
            }
            guard !part.isAttachment else {
                deferred.append(part)
                return false
            }
            switch part.type {
            case "text/html", "application/xhtml+xml": return html(part)
            case "text/plain", "message/delivery-status", "message/disposition-notification", "text/rfc822-headers": return plain(part)
            case "text/x-amp-html", "text/x-watch-html": return false
            default:
                if part.type.hasPrefix("text/") || part.type.hasPrefix("application/") || part.type.hasPrefix("image/") {
                    deferred.append(part)
                }
                return false
            }
        }

        private mutating func multipart(_ part: MIMEPart, depth: Int) -> Bool {
            guard depth < MessageWriter.maximumDepth else { return false }
            if part.type == "multipart/encrypted" {
                writer.noteEncrypted()
                return false
            }
            let defaultType = part.type == "multipart/digest" ? "message/rfc822" : "text/plain"
            let children = part.ranges(bytes, maximum: MessageWriter.maximumParts).map { MIMEPart(bytes, $0, defaultType: defaultType) }
            // Without a boundary, the body is what the text is.
            guard !children.isEmpty else { return plain(part) }
            switch part.type {
            case "multipart/alternative": return alternative(children, depth: depth)
            case "multipart/related": return related(children, root: part.contentType.parameter("start"), depth: depth)
            case "multipart/signed":
                let first = children.first.map { self.part($0, depth: depth + 1) } ?? false
                return children.dropFirst().filter { !$0.type.contains("signature") }.reduce(first) {
                    self.part($1, depth: depth + 1) || $0
                }
            default: return children.reduce(false) { self.part($1, depth: depth + 1) || $0 }
            }
        }

        /// Writes the richest of the alternatives that has text.
        private mutating func alternative(_ children: [MIMEPart], depth: Int) -> Bool {
            func rank(_ part: MIMEPart) -> Int {
                switch part.type {
                case "text/html", "application/xhtml+xml": 4
                case "multipart/related", "multipart/mixed", "multipart/alternative": 3
                case "text/plain": 2
                case "text/calendar", "text/x-amp-html", "text/x-watch-html": 0
                default: 1
                }
            }
            let ranked = children.enumerated().sorted { (rank($0.element), $0.offset) > (rank($1.element), $1.offset) }
            return ranked.contains { part($0.element, depth: depth + 1) }
        }

        private mutating func related(_ children: [MIMEPart], root: String?, depth: Int) -> Bool {
            let wanted = root.map { Array($0.utf8) }
            let place = children.firstIndex { wanted != nil && $0.fields.first("content-id") == wanted } ?? 0
            let hasText = part(children[place], depth: depth + 1)
            for (i, child) in children.enumerated() where i != place && !child.isResource { part(child, depth: depth + 1) }
            return hasText
        }

        /// Reads S/MIME whose signature surrounds the content; an enveloped message is encrypted.
        private mutating func opaque(_ part: MIMEPart, depth: Int) -> Bool {
            let kind = part.contentType.parameter("smime-type")?.lowercased()
            guard depth < MessageWriter.maximumDepth, kind != "enveloped-data", let signed = SignedContent.message(part.content(bytes))
            else {
                writer.noteEncrypted()
                return false
            }
            var inner = Reading(bytes: signed, writer: writer)
            let hasText = inner.part(MIMEPart(signed, 0..<signed.count), depth: MessageWriter.maximumDepth)
            inner.readDeferred()
            return hasText
        }

        private mutating func html(_ part: MIMEPart) -> Bool {
            let content = part.content(bytes)
            return writer.html(LenientText.utf8(content, label: part.charset ?? HTMLMetaCharset.find(content)))
        }

        private mutating func plain(_ part: MIMEPart) -> Bool {
            let text = LenientText.utf8(part.content(bytes), label: part.charset)
            guard text.contains(where: { !Ascii.isWhite($0) }) else { return false }
            let isFlowed = part.contentType.parameter("format")?.lowercased() == "flowed"
            let files = UUEncodedFiles(text)
            writer.plain(
                BodyText(files.text, isFlowed: isFlowed, deletesSpace: part.contentType.parameter("delsp")?.lowercased() == "yes"))
            for file in files.files { writer.attach(file.content, name: file.name, contentType: nil) }
            return true
        }

        mutating func readDeferred() {
            for part in deferred where !writer.isFull {
                let content = part.content(bytes)
                // A picture inside of the text has a name only by chance.
                if part.isResource, part.type.hasPrefix("image/") { continue }
                let type = part.fields.first("content-type").map { HeaderText.decoded($0) }
                writer.attach(content, name: part.fileName, contentType: type?.contains("/") == true ? type : part.type)
            }
            deferred = []
        }
    }
}
