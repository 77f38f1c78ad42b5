/// The control marks by which chat templates of open models separate roles, turns and tools. A server that tokenizes a prompt as one text
/// would interpret them anywhere in it.
///
/// Source: the published templates of Llama 2 to 4, Mistral, Gemma, Qwen, DeepSeek, Phi, Command R, Granite and gpt-oss.
enum ControlMarks {
    /// Tag names: `<s>`, `</s>`, `<start_of_turn>`, `<tool_call>` and the like.
    private static let tags = words([
        "s", "bos", "eos", "pad", "unk", "mask", "sys", "system", "user", "assistant", "developer", "human", "model", "tool", "tools",
        "tool_call", "tool_calls", "tool_response", "tool_result", "tool_results", "tools_prompt", "function", "function_call",
        "function_calls", "function_results", "start_of_turn", "end_of_turn", "start_of_image", "think", "thinking", "bos_token",
        "eos_token", "instructions", "end_of_utterance",
    ])
    /// Names in square brackets.
    private static let squares = words([
        "INST", "SYSTEM_PROMPT", "AVAILABLE_TOOLS", "TOOL_CALLS", "TOOL_RESULTS", "TOOL_CONTENT", "ARGS", "CALL_ID", "THINK", "IMG",
        "IMG_BREAK", "IMG_END",
    ])
    private static let longest = 20
    /// Maximum number of characters to examine after a bracket.
    private static let reach = 40

    private static func words(_ names: [String]) -> Set<[UInt8]> { Set(names.map(Lookalikes.word)) }

    /// Returns whether the characters after a `<` complete a mark: `|im_start|>`, `｜User｜>`, `<SYS>>`, `/s>`, `tool_call>`.
    static func opensAngled(_ following: ArraySlice<Lookalikes.Reading>) -> Bool {
        var rest = following.prefix(reach)
        let hasBlank = skip(&rest, UInt8(ascii: "<"), UInt8(ascii: "/"))
        if rest.first == UInt8(ascii: "|") { return true }
        guard let name = name(rest), tags.contains(name.letters) else { return false }
        switch name.end {
        case UInt8(ascii: ">"), UInt8(ascii: "/"): return true
        // `a < s and b` is not a tag.
        default: return !hasBlank && (name.end == UInt8(ascii: "=") || isBlank(name.end))
        }
    }

    /// Returns whether the characters after a `[` complete a mark: `INST]`, `/INST]`.
    static func opensSquare(_ following: ArraySlice<Lookalikes.Reading>) -> Bool {
        var rest = following.prefix(reach)
        skip(&rest, UInt8(ascii: "/"))
        guard let name = name(rest) else { return false }
        return name.end == UInt8(ascii: "]") && squares.contains(name.letters)
    }

    /// Returns whether the first character that is neither white space nor a combining mark is a slash.
    static func beginsWithSlash(_ following: ArraySlice<Lookalikes.Reading>) -> Bool {
        var rest = following.prefix(reach)
        skip(&rest)
        return rest.first == UInt8(ascii: "/")
    }

    private static func isBlank(_ reading: Lookalikes.Reading) -> Bool { reading == UInt8(ascii: " ") || reading == UInt8(ascii: "\n") }

    /// Removes leading white space, combining marks and the given signs.
    ///
    /// - Returns: whether there was white space.
    @discardableResult
    private static func skip(_ rest: inout ArraySlice<Lookalikes.Reading>, _ signs: Lookalikes.Reading...) -> Bool {
        var hasBlank = false
        while let reading = rest.first {
            if isBlank(reading) { hasBlank = true } else if reading != Lookalikes.mark, !signs.contains(reading) { break }
            rest.removeFirst()
        }
        return hasBlank
    }

    /// Returns the letters and underscores up to the first other character, without combining marks, and that character; or the closing
    /// bracket, if only white space comes before it.
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
