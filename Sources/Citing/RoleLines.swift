/// Lines that begin like a turn of a conversation: `Human:`, `### Assistant:`, `**System**:`.
enum RoleLines {
    private static let roles: Set<[UInt8]> = Set(
        [
            "human", "user", "assistant", "system", "developer", "ai", "bot", "chatbot", "claude", "gpt", "chatgpt", "systemprompt",
            "systemmessage", "usermessage", "assistantmessage", "developermessage",
        ].map(Lookalikes.word))
    /// Those of instruction templates, behind `#`.
    private static let headings: Set<[UInt8]> = Set(["instruction", "instructions", "response", "input"].map(Lookalikes.word))
    private static let longestName = 20
    /// Characters of a line's beginning that are looked at.
    private static let longestBeginning = 64

    /// Where the colons behind such names stand, ascending. The text has one kind of line break.
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
