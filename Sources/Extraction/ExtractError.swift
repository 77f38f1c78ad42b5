/// The reason why no text could be extracted from a file: always because of the file, never an outage of the server.
public struct ExtractError: Error, Sendable, Equatable {
    public enum Code: String, Sendable, CaseIterable {
        /// The format is not supported; `detail` lists the supported formats.
        case unsupportedMediaType = "unsupported_media_type"
        /// The file is binary, or text in an unknown or unsupported encoding.
        case undecodable
        /// The document contains only white space.
        case empty
        /// The document exceeds one of `ExtractLimits`.
        case tooLarge = "too_large"
        /// The markup cannot be parsed, for example because elements are nested beyond the limit.
        case malformed
        /// The document can be opened only with a password.
        case encrypted
        /// The document has pages or images but no text, and text recognition is not installed or found nothing.
        case noTextLayer = "no_text_layer"
        /// The format needs a program or library that is not installed; `detail` names it.
        case readerMissing = "reader_missing"
        /// Reading the document took longer than its share of processor time.
        case timedOut = "timed_out"
        /// Reading the document took more memory than a worker may have.
        case outOfMemory = "out_of_memory"
        /// The worker that read the document ended, each time it was tried, or returned what is no document.
        case crashed
    }

    public let code: Code
    /// The error message: sizes, offsets and format names, but never document text, so it may be logged and sent to the client.
    public let detail: String

    public init(_ code: Code, _ detail: String) { (self.code, self.detail) = (code, detail) }
}
