/// The marks by which the chat templates of open models tell roles, turns and tools apart. A server that tokenizes a prompt as
/// one text would take them for its own, wherever they stand.
///
/// Source: the published templates of Llama 2 to 4, Mistral, Gemma, Qwen, DeepSeek, Phi, Command R, Granite and gpt-oss.
enum ControlMarks {
    /// Names of tags: `<s>`, `</s>`, `<start_of_turn>`, `<tool_call>` and the like.
    private static let tags = words([
        "s", "bos", "eos", "pad", "unk", "mask", "sys", "system", "user", "assistant", "developer", "human", "model", "tool", "tools",
        "tool_call", "tool_calls", "tool_response", "tool_result", "tool_results", "tools_prompt", "function", "function_call",
        "function_calls", "function_results", "start_of_turn", "end_of_turn", "start_of_image", "think", "thinking", "bos_token",
        "eos_token", "instructions", "end_of_utterance",
    ])
    /// What stands in square brackets.
    private static let squares = words([
        "INST", "SYSTEM_PROMPT", "AVAILABLE_TOOLS", "TOOL_CALLS", "TOOL_RESULTS", "TOOL_CONTENT", "ARGS", "CALL_ID", "THINK", "IMG",
        "IMG_BREAK", "IMG_END",
    ])
    private static let longest = 20
    /// Characters behind a bracket that are looked at.
    private static let reach = 40

    private static func words(_ names: [String]) -> Set<[UInt8]> { Set(names.map(Lookalikes.word)) }

    /// Whether what follows a `<` makes a mark: `|im_start|>`, `｜User｜>`, `<SYS>>`, `/s>`, `tool_call>`.
    static func opensAngled(_ following: ArraySlice<Lookalikes.Reading>) -> Bool {
        var rest = following.prefix(reach)
        let hasBlank = skip(&rest, UInt8(ascii: "<"), UInt8(ascii: "/"))
        if rest.first == UInt8(ascii: "|") { return true }
        guard let name = name(rest), tags.contains(name.letters) else { return false }
        switch name.end {
        case UInt8(ascii: ">"), UInt8(ascii: "/"): return true
        // `a < s and b` is no tag.
        default: return !hasBlank && (name.end == UInt8(ascii: "=") || isBlank(name.end))
        }
    }

    /// Whether what follows a `[` makes a mark: `INST]`, `/INST]`.
    static func opensSquare(_ following: ArraySlice<Lookalikes.Reading>) -> Bool {
        var rest = following.prefix(reach)
        skip(&rest, UInt8(ascii: "/"))
        guard let name = name(rest) else { return false }
        return name.end == UInt8(ascii: "]") && squares.contains(name.letters)
    }

    /// Whether the first character that is neither blank nor mark is a slash.
    static func beginsWithSlash(_ following: ArraySlice<Lookalikes.Reading>) -> Bool {
        var rest = following.prefix(reach)
        skip(&rest)
        return rest.first == UInt8(ascii: "/")
    }

    private static func isBlank(_ reading: Lookalikes.Reading) -> Bool { reading == UInt8(ascii: " ") || reading == UInt8(ascii: "\n") }

    /// Takes off blanks, marks and those signs.
    ///
    /// - Returns: whether there was a blank.
    @discardableResult
    private static func skip(_ rest: inout ArraySlice<Lookalikes.Reading>, _ signs: Lookalikes.Reading...) -> Bool {
        var hasBlank = false
        while let reading = rest.first {
            if isBlank(reading) { hasBlank = true } else if reading != Lookalikes.mark, !signs.contains(reading) { break }
            rest.removeFirst()
        }
        return hasBlank
    }

    /// The letters and underscores up to the first other character, marks left out, and that character; behind blanks, a closing bracket.
    private static func name(_ readings: ArraySlice<Lookalikes.Reading>) -> (letters: [UInt8], end: Lookalikes.Reading)? {
        var letters: [UInt8] = []
        for (index, reading) in zip(readings.indices, readings) where reading != Lookalikes.mark {
            if Lookalikes.isLetter(reading) {
                letters += Lookalikes.letters(of: reading)
            } else if reading == UInt8(ascii: "_") {
                letters.append(reading)
            } else {
                let next = readings[index...].first { !isBlank($0) }
                return (letters, next == UInt8(ascii: ">") || next == UInt8(ascii: "]") ? next ?? reading : reading)
            }
            if letters.count > longest { return nil }
        }
        return nil
    }
}
