import Extraction

/// A mailbox: messages one after the other, each after a line that begins with `From `.
///
/// In a body, such a line has a `>` before it, which is removed.
///
/// - Source: RFC 4155, and the variant "mboxrd".
enum MailboxReader {
    /// - Throws: `.tooLarge` if there are more messages than `maximum`, `.malformed` if there is none.
    static func write(_ bytes: [UInt8], to writer: MessageWriter, maximum: Int) throws(ExtractError) {
        let starts = messages(bytes)
        guard !starts.isEmpty else { throw ExtractError(.malformed, "the mailbox has no message") }
        guard starts.count <= maximum else {
            throw ExtractError(.tooLarge, "the mailbox has \(starts.count) messages; the maximum is \(maximum)")
        }
        for (place, start) in starts.enumerated() where !writer.isFull {
            let end = place + 1 < starts.count ? starts[place + 1] : bytes.count
            writer.message(unescaped(bytes[start..<end]))
        }
    }

    /// Returns where the lines that separate messages begin: after an empty line, and with a date.
    private static func messages(_ bytes: [UInt8]) -> [Int] {
        var starts: [Int] = []
        var isAfterBlank = true
        for line in MailLines(bytes, 0..<bytes.count) {
            if isAfterBlank, MessageLook.isSeparator(bytes[line.content]) { starts.append(line.content.lowerBound) }
            isAfterBlank = line.content.isEmpty
        }
        return starts
    }

    private static func unescaped(_ message: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(message.count)
        var rest = message
        while !rest.isEmpty {
            let line = rest.prefix { $0 != Ascii.newline }
            let content = line.drop { $0 == Ascii.greater }
            result += content.count < line.count && content.starts(with: "From ".utf8) ? line.dropFirst() : line
            rest = rest.dropFirst(line.count)
            if rest.popFirst() != nil { result.append(Ascii.newline) }
        }
        return result
    }
}
