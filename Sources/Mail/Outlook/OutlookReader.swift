import Extraction
import Markup

/// Outlook's form of a message: a compound file of properties.
///
/// - Source: MS-OXMSG 21.0.
final class OutlookReader {
    private let file: CompoundFile
    private let limits: ExtractLimits
    /// The storages that were read as messages, each of which is read once, whatever the directory's links say.
    private var messages: Set<Int> = []

    /// Maximum number of recipients that are named.
    private static let maximumRecipients = 1000

    /// Maximum size of a header property, in bytes.
    private static let maximumField = 65_536

    /// - Throws: `.malformed` if the file is no compound file.
    init(_ file: FileBytes, _ limits: ExtractLimits) throws(ExtractError) {
        (self.file, self.limits) = (try CompoundFile(file), limits)
        guard self.file.format == .msg else { throw ExtractError(.malformed, "the compound file is no message") }
    }

    func write(to writer: MessageWriter) { write(storage: 0, to: writer) }

    private func write(storage: Int, to writer: MessageWriter) {
        guard messages.insert(storage).inserted else { return }
        let message = OutlookProperties(file, storage: storage, maximumParts: limits.maxParts)
        let codePage = codePage(message)
        header(message, codePage, to: writer)
        if text(.messageClass, message, codePage)?.uppercased().hasPrefix("IPM.NOTE.SMIME") == true { writer.noteEncrypted() }
        body(message, codePage, to: writer)
        for attachment in message.attachments where !writer.isFull { attach(attachment, codePage, to: writer) }
    }

    /// The code page of strings that are not Unicode.
    private func codePage(_ message: OutlookProperties) -> Int {
        [message.integer(.codePage), message.integer(.internetCodePage)].compactMap { $0 }.first { $0 > 0 && $0 != 1200 } ?? 1252
    }

    private func text(_ number: OutlookProperties.Number, _ properties: OutlookProperties, _ codePage: Int) -> String? {
        guard let utf8 = properties.utf8(number, codePage: codePage, limit: Self.maximumField) else { return nil }
        let text = OneLine.text(utf8, maxScalars: 20_000)
        return text.isEmpty ? nil : text
    }

    /// Returns the text of the first of these properties that is as wanted.
    private func first(
        _ numbers: [OutlookProperties.Number], _ properties: OutlookProperties, _ codePage: Int, where isWanted: (String) -> Bool
    ) -> String? {
        for number in numbers { if let text = text(number, properties, codePage), isWanted(text) { return text } }
        return nil
    }

    // MARK: Header

    private func header(_ message: OutlookProperties, _ codePage: Int, to writer: MessageWriter) {
        let senderAddress = first([.senderMailAddress, .senderAddress], message, codePage) { $0.contains("@") }
        let people = message.recipients.prefix(Self.maximumRecipients).map { OutlookProperties(file, storage: $0, maximumParts: 0) }
        func names(_ kind: Int) -> String? {
            let names = people.filter { ($0.integer(.recipientKind) ?? 1) & 0xF == kind }.compactMap { person in
                let address = first([.mailAddress, .address], person, codePage) { $0.contains("@") }
                return Self.mailbox(name: text(.displayName, person, codePage), address: address)
            }
            return names.isEmpty ? nil : names.joined(separator: ", ")
        }
        writer.header(
            subject: text(.subject, message, codePage),
            [
                ("From", Self.mailbox(name: text(.senderName, message, codePage), address: senderAddress)),
                ("To", names(1) ?? text(.displayTo, message, codePage)), ("Cc", names(2) ?? text(.displayCc, message, codePage)),
                ("Date", (message.time(.submitTime) ?? message.time(.deliveryTime)).flatMap(FileTime.text)),
            ])
    }

    private static func mailbox(name: String?, address: String?) -> String? {
        guard let name, name != address else { return address }
        return address.map { "\(name) <\($0)>" } ?? name
    }

    // MARK: Body

    private func body(_ message: OutlookProperties, _ codePage: Int, to writer: MessageWriter) {
        if let html = html(message, codePage, writer), writer.html(html) { return }
        let rtf = rtf(message, writer)
        if let rtf, let html = EncapsulatedHTML.html(in: rtf), writer.html(html) { return }
        if let plain = message.utf8(.body, codePage: codePage, limit: limits.maxTextBytes), plain.contains(where: { !Ascii.isWhite($0) }) {
            writer.plain(BodyText(plain))
        } else if let rtf {
            writer.attach(rtf, name: nil, contentType: "application/rtf")
        }
    }

    private func html(_ message: OutlookProperties, _ codePage: Int, _ writer: MessageWriter) -> [UInt8]? {
        guard let bytes = message.binary(.html, limit: limits.maxBytes) else {
            return message.utf8(.html, codePage: codePage, limit: limits.maxBytes)
        }
        guard writer.take(bytes.count) else { return nil }
        if let page = message.integer(.internetCodePage), page > 0 { return LenientText.utf8(bytes, codePage: page) }
        return LenientText.utf8(bytes, label: HTMLMetaCharset.find(bytes))
    }

    private func rtf(_ message: OutlookProperties, _ writer: MessageWriter) -> [UInt8]? {
        guard let bytes = message.binary(.compressedRTF, limit: limits.maxBytes),
            let rtf = CompressedRTF.decompress(bytes, limit: limits.maxBytes), writer.take(rtf.count)
        else { return nil }
        return rtf
    }

    // MARK: Attachments

    private func attach(_ storage: Int, _ codePage: Int, to writer: MessageWriter) {
        let attachment = OutlookProperties(file, storage: storage, maximumParts: 0)
        let name = first([.fileName, .displayName, .shortFileName], attachment, codePage) { _ in true }
        let type = text(.mediaType, attachment, codePage)
        if let object = attachment.object(.attachment) {
            writer.attach(name: name) { [self] (context, attachment) throws(ExtractError) in
                let inner = MessageWriter(context, attachment)
                write(storage: object, to: inner)
                return try inner.document(mediaType: DocumentFormat.msg.mediaType)
            }
            return
        }
        // A picture inside of the text has a name only by chance.
        let isResource = attachment.integer(.isHidden) == 1 || text(.contentID, attachment, codePage) != nil
        if isResource, type?.hasPrefix("image/") ?? true { return }
        guard writer.take(attachment.size(.attachment)), let bytes = attachment.binary(.attachment, limit: limits.maxUnpackedBytes) else {
            return
        }
        writer.attach(bytes, name: name, contentType: type)
    }
}
