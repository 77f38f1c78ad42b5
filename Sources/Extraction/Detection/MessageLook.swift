/// Whether a text begins as a message or a mailbox does.
package enum MessageLook {
    /// Fields of which a message has at least one.
    private static let decisive: Set<String> = [
        "from", "received", "message-id", "mime-version", "return-path", "delivered-to", "x-mozilla-status", "x-mailer", "dkim-signature",
    ]
    private static let usual: Set<String> = [
        "to", "cc", "bcc", "subject", "date", "sender", "reply-to", "content-type", "content-transfer-encoding", "in-reply-to",
        "references",
        "importance", "x-priority", "list-id", "list-unsubscribe", "x-originating-ip", "envelope-to", "snapshot-content-location",
    ]

    static func format(_ head: [UInt8]) -> DocumentFormat? {
        var lines = Lines(head).lazy.map { head[$0].last == Ascii.carriageReturn ? head[$0].dropLast() : head[$0] }.makeIterator()
        guard var line = lines.next() else { return nil }
        let isMailbox = isSeparator(line)
        if isMailbox || line.starts(with: ">From ".utf8) {
            guard let next = lines.next() else { return nil }
            line = next
        }
        var names: Set<String> = []
        var current: ArraySlice<UInt8>? = line
        while let line = current, !line.isEmpty {
            if line.first.map(Ascii.isBlank) != true {
                guard let name = fieldName(line) else { break }
                names.insert(name)
            } else if names.isEmpty {
                return nil
            }
            current = lines.next()
        }
        if isMailbox { return names.isEmpty ? nil : .mbox }
        let known = names.intersection(decisive)
        return !known.isEmpty && known.count + names.intersection(usual).count >= 3 ? .eml : nil
    }

    /// Returns whether the line separates the messages of a mailbox: `From `, an address or `-`, and a date with a time.
    package static func isSeparator(_ line: ArraySlice<UInt8>) -> Bool {
        guard line.starts(with: "From ".utf8), line.count < 512 else { return false }
        let rest = line.dropFirst(5)
        let words = rest.split(separator: Ascii.space)
        return words.count >= 4 && words.contains { $0.contains(Ascii.colon) && $0.first.map(Ascii.isDigit) == true }
    }

    private static func fieldName(_ line: ArraySlice<UInt8>) -> String? {
        let name = line.prefix { $0 != Ascii.colon }
        guard name.count < line.count, !name.isEmpty, name.count <= 76, name.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        return String(decoding: name.map(Ascii.lowercased), as: UTF8.self)
    }
}
