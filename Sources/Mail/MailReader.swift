public import Extraction

/// Reads an attachment: its bytes, the context of one more level of nesting, and its declared media type.
public typealias AttachmentReader = (FileBytes, ReadingContext, _ contentType: String?) throws(ExtractError) -> ExtractedDocument

/// The extraction of text from mail: a message as it is sent (EML), a mailbox of such messages (mbox), and Outlook's form (MSG).
///
/// The subject is the title and the first heading. Sender, recipients and date follow, then the body. Attachments are parts of the
/// document, each with its name as a heading; one that cannot be read is only named.
public enum MailReader {
    /// - Parameters:
    ///   - format: `.eml`, `.mbox` or `.msg`.
    ///   - attachment: reads an attachment. Errors that it throws concern the attachment alone.
    /// - Throws: `.malformed` if the file is no mail, `.encrypted` if all of its content is, `.tooLarge`, `.empty`.
    /// - Complexity: linear in the size of the file times the depth of multiparts, which is limited.
    public static func read(
        _ file: FileBytes, format: DocumentFormat, _ context: ReadingContext, attachment: @escaping AttachmentReader
    ) throws(ExtractError) -> ExtractedDocument {
        guard file.count <= context.limits.maxBytes else {
            throw ExtractError(.tooLarge, "the mail has \(file.count) bytes; the maximum is \(context.limits.maxBytes)")
        }
        let writer = MessageWriter(context, attachment)
        switch format {
        case .msg: try OutlookReader(file, context.limits).write(to: writer)
        case .mbox: try MailboxReader.write(file.all, to: writer, maximum: context.limits.maxParts)
        case .eml: writer.message(file.all)
        default: throw ExtractError(.unsupportedMediaType, "\(format.mediaType.essence) is no format of mail")
        }
        return try writer.document(mediaType: format.mediaType)
    }
}
