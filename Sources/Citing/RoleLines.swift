/// A detector of lines that begin like a turn of a conversation: `Human:`, `### Assistant:`, `**System**:`.
enum RoleLines {
    private static let roles: Set<[UInt8]> = Set(
        [
            "human", "user", "assistant", "system", "developer", "ai", "bot", "chatbot", "claude", "gpt", "chatgpt", "systemprompt",
            "systemmessage", "usermessage", "assistantmessage", "developermessage",
        ].map(Lookalikes.word))
    /// Names that instruction templates use as headings, after `#`.
    private static let headings: Set<[UInt8]> = Set(["instruction", "instructions", "response", "input"].map(Lookalikes.word))
    private static let longestName = 20
    /// Maximum number of characters to examine at the start of a line.
    private static let longestBeginning = 64

    /// Returns the indices of the colons after such names, ascending. The text must use line feeds as its only line breaks.
    static func colons(_ readings: [Lookalikes.Reading]) -> [Int] {
        var found: [Int] = []
        var start = readings.startIndex
        while start < readings.endIndex {
            if let colon = colon(behindRoleIn: readings[start...].prefix(longestBeginning)) { found.append(colon) }
            start = readings[start...].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? readings.endIndex
        }
        return found
    }

    private static func colon(behindRoleIn beginning: ArraySlice<Lookalikes.Reading>) -> Int? {
        var name: [UInt8] = []
        var isHeading = false
        for (index, reading) in zip(beginning.indices, beginning) {
            switch reading {
            case UInt8(ascii: "\n"), Lookalikes.otherLetter: return nil
            case UInt8(ascii: "#"): isHeading = true
            case UInt8(ascii: ":"): return roles.contains(name) || (isHeading && headings.contains(name)) ? index : nil
            default: if Lookalikes.isLetter(reading) { name += Lookalikes.letters(of: reading) }
            }
            if name.count > longestName { return nil }
        }
        return nil
    }
}
